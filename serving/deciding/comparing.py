"""Whom would a change touch? The current book of customers decided under two books of journeys, logging nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from journeys.book import Book
from journeys.kernel import decide
from regua.settings import Settings
from regua.vocabulary import NOTHING
from serving.deciding.batch import at_stake, everybody
from serving.deciding.pipeline import Pipeline
from serving.scoring.scorer import Scorer

EXAMPLES = 3
"""Customers named for each change."""


class Bench(Protocol):
    """Where customers are read and decided for trial: a service is one."""

    @property
    def settings(self) -> Settings:
        """Where things lie."""
        ...

    @property
    def pipeline(self) -> Pipeline:
        """What reads a customer as a decision would, and scores."""
        ...


@dataclass(slots=True)
class Comparison:
    """What two books decide for the same customers at the same moment.

    ``journeys`` and ``actions`` count the customers for whom they differ, by (old, new); ``examples`` names a few of
    each change of journey, or of action where the journey stays.
    """

    moment: datetime
    customers: int = 0
    rerouted: int = 0
    treated_otherwise: int = 0
    contacts_old: int = 0
    contacts_new: int = 0
    journeys: Counter[tuple[str, str]] = field(default_factory=Counter)
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "moment": self.moment,
            "customers": self.customers,
            "rerouted": self.rerouted,
            "treated_otherwise": self.treated_otherwise,
            "contacts": {"old": self.contacts_old, "new": self.contacts_new},
            "journeys": [_row(pair, count, self.examples) for pair, count in self.journeys.most_common()],
            "actions": [_row(pair, count, self.examples) for pair, count in self.actions.most_common()],
        }


def compare(
    service: Bench,
    old: Book,
    new: Book,
    moment: datetime,
    customer_ids: Sequence[str] | None = None,
    *,
    scorer: Scorer | None = None,
) -> Comparison:
    """Decide everyone at stake under both books, or with both releases, and count what differs; nothing is logged.

    Each customer keeps the position of the log: whoever is inside a journey stays, moves or stops as the new book
    declares. The dice are the same, so a difference is the change's own.

    Parameters
    ----------
    service
        Where customers are read, and the release at work.
    old, new
        What is at work, and what is to be.
    moment
        When they are decided.
    customer_ids
        Who is decided; everyone in the newest snapshot when None.
    scorer
        The release that is to be at work with the new book; the same as now when None.

    Raises
    ------
    NotFoundError
        There is no snapshot of the profile at or before the moment.
    """
    found, settings, pipeline = Comparison(moment), service.settings, service.pipeline
    names = customer_ids if customer_ids is not None else everybody(settings, moment)
    for start in range(0, len(names), settings.chunk_rows):
        inputs, _ = pipeline.inputs(names[start : start + settings.chunk_rows], moment)
        sides = ((pipeline.scorer, old), (scorer or pipeline.scorer, new))
        stakes = [at_stake(inputs, side, book, moment) for side, book in sides]
        inputs = inputs.take(stakes[0] | stakes[1])
        columns = {**inputs.columns, **pipeline.scorer.score(inputs.columns)}
        scored = columns if scorer is None else {**inputs.columns, **scorer.score(inputs.columns)}
        before, after = decide(columns, old, moment), decide(scored, new, moment)
        rows = zip(columns["customer_id"], before.journey, after.journey, before.action, after.action, strict=True)
        for who, was_in, now_in, was, now in rows:
            _count(found, who, (was_in or NOTHING, now_in or NOTHING), (was, now))
        found.customers += len(inputs)
    return found


def _count(found: Comparison, customer_id: str, journeys: tuple[str, str], actions: tuple[str, str]) -> None:
    found.contacts_old += actions[0] != NOTHING
    found.contacts_new += actions[1] != NOTHING
    if journeys[0] != journeys[1]:
        found.rerouted += 1
        found.journeys[journeys] += 1
        _name(found, journeys, customer_id)
    if actions[0] != actions[1]:
        found.treated_otherwise += 1
        found.actions[actions] += 1
        _name(found, actions, customer_id)


def _name(found: Comparison, pair: tuple[str, str], customer_id: str) -> None:
    named = found.examples.setdefault(pair, [])
    if len(named) < EXAMPLES:
        named.append(customer_id)


def _row(pair: tuple[str, str], count: int, examples: dict[tuple[str, str], list[str]]) -> dict[str, Any]:
    return {"old": pair[0], "new": pair[1], "customers": count, "examples": examples[pair]}
