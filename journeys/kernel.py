"""One path for one customer or a million: seven stages, read from top to bottom."""

from collections.abc import Callable, Mapping
from datetime import datetime

from journeys.book import Book
from journeys.decisions import Decisions, join
from journeys.singly import decide_singly
from journeys.stages.advance import advance
from journeys.stages.arbitrate import arbitrate
from journeys.stages.case import Case
from journeys.stages.conclude import conclude
from journeys.stages.enrol import enrol
from journeys.stages.explain import explain
from journeys.stages.guard import guard
from journeys.stages.propose import propose
from journeys.stages.segment import segment
from regua.columns import Array, Columns, chunks, height

Stage = Callable[[Case], Mapping[str, Array]]

RUN_ROWS = 65_536
"""Rows decided at a time: enough that asking each journey costs little a row, and memory stays that of a run."""

FEW = 16
"""Up to here customers are decided one by one: NumPy costs more to start than a few rows cost to read."""

STAGES: tuple[Stage, ...] = (segment, enrol, advance, propose, guard, arbitrate, explain)


def decide(columns: Columns, book: Book, moment: datetime) -> Decisions:
    """Decide the next right action of each customer at a moment.

    Pure: no input or output, no clock, no chance but what keys decide, no memory. An answer depends on the customer's
    own row alone, whoever else is in the batch.

    Parameters
    ----------
    columns
        Profile, scores and position, ``(n,)`` each, as known at the moment; a missing column is all NULL.
    book
        Journeys, segments, policies and figures.
    moment
        The instant of the decision; a naive one is taken to be UTC. The decision plans for the business day it lies in.

    Returns
    -------
    One decision a row, in the order given.

    Raises
    ------
    SchemaError
        Columns of unequal length.
    """
    if 0 < height(columns) <= FEW:
        return decide_singly(columns, book, moment)
    if height(columns) <= RUN_ROWS:
        return decide_together(columns, book, moment)
    return join([decide_together(run, book, moment) for run in chunks(columns, RUN_ROWS)], columns)


def decide_together(columns: Columns, book: Book, moment: datetime) -> Decisions:
    """Decide all customers of one run at once."""
    case = Case(columns, book, moment)
    for stage in STAGES:
        case.add(stage(case))
    return conclude(case, columns)
