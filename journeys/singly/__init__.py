"""How does a decision come about for one customer? The stages once more, in plain values, answer for answer."""

from datetime import datetime

from journeys.book import Book
from journeys.decisions import Decisions
from journeys.singly.advance import advance
from journeys.singly.arbitrate import arbitrate
from journeys.singly.conclude import conclude
from journeys.singly.customer import customers
from journeys.singly.enrol import enrol
from journeys.singly.explain import explain
from journeys.singly.guard import guard
from journeys.singly.propose import propose
from journeys.singly.segment import segment
from regua.columns import Columns

STAGES = (segment, enrol, advance, propose, guard, arbitrate, explain)


def decide_singly(columns: Columns, book: Book, moment: datetime) -> Decisions:
    """Decide a few customers, one after the other, as :func:`journeys.kernel.decide` would all of them at once."""
    people = list(customers(columns, book, moment))
    for who in people:
        for stage in STAGES:
            stage(who)
    return conclude(people, book, moment, columns)
