"""What contacts came to, in truth: was the offer they carried taken, and was the customer driven away?

Asked of every contact the old ladder sent after the moment of learning. Its morning is lived again and again with the
same contact and other luck, under the ladder from then on, so the truth knows the channel that the score is not told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from models import SPECS
from models.bundle import Bundle
from regua.columns import Numbers
from regua.settings import Settings
from regua.vocabulary import ContactOutcome
from tests.bench_models import lives, standing
from tests.bench_models.lives import Book, Contacts, Course
from tests.bench_models.truths import Truths
from training.portfolio.contacting import CODE
from training.portfolio.days import DAY_US
from training.portfolio.log import Log
from training.portfolio.luck import Whole
from training.portfolio.offer_terms import KINDS
from training.portfolio.promises import OPEN
from training.portfolio.state import State

_HARMS = [CODE[str(word)] for word in (ContactOutcome.OPTED_OUT, ContactOutcome.COMPLAINED)]


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """The contacts of a day lived again: to which contracts, with which offer (-1 none), and what came of it.

    ``taken`` and ``harmed`` are ``(lives, n)``.
    """

    state: State
    rows: Whole
    offer: Whole
    taken: Numbers
    harmed: Numbers


def hold(
    settings: Settings, book: Book, release: Bundle, first: date, last: date, truths: Truths, *, replicates: int
) -> int:
    """Hold the scores of contacts and of the offers they carried against the truth; return how many contacts."""
    days = list(contacts(book, book.days(first, last), replicates))
    stand, place = standing.each(settings, release, [(one.state, one.rows) for one in days])
    offer = np.concatenate([one.offer for one in days])[place]
    kind = np.where(offer >= 0, book.world.offers.kind[offer], -1)
    harmed, was_taken = (np.concatenate([getattr(one, name) for one in days], axis=1) for name in ("harmed", "taken"))
    truths.add("p_complaint", stand, harmed[:, place], stand.asked("complaint_risk"))
    for number, name in enumerate(KINDS):
        truths.add(f"p_offer_{name}", stand, was_taken[:, place], stand.asked("offer_response") & (kind == number))
    return len(place)


def contacts(book: Book, history: Iterable[tuple[State, Log]], replicates: int) -> Iterator[Lived]:
    """Live again the contacts of every day on which there were any."""
    days = SPECS["complaint_risk"].performance_days
    for state, log in history:
        sent = log.rows("contacts")
        _, once = np.unique(sent["contract"], return_index=True)
        if len(once):
            rows, made = sent["contract"][once], Contacts(sent["channel"][once], sent["offer"][once])
            lived = lives.course(book, state, rows, days=days, action=made, replicates=replicates)
            yield Lived(state, rows, made.offer, taken(lived), driven_away(lived, days))


def taken(lived: Course) -> Numbers:
    """Say whether an arrangement was made from the contact of the first day, ``(lives, n)``."""
    told, rows = np.zeros(lived.n * lived.replicates), lived.arrangements
    told[rows["contract"][(rows["resolution"] == OPEN) & (rows["day"] == lived.first_day)]] = 1.0
    return lived.shaped(told)


def driven_away(lived: Course, days: int) -> Numbers:
    """Say whether the customer opted out or complained within days of the contact of the first day, ``(lives, n)``."""
    first, rows = lived.contacts["day"] == lived.first_day, lived.contacts
    sent = np.full(lived.n * lived.replicates, np.iinfo(np.int64).max // 2)
    sent[rows["contract"][first]] = rows["sent"][first]
    harmed = np.isin(rows["outcome"], _HARMS)
    # Each contract lives alone with its customer, so both have the same position.
    who = np.concatenate([rows["contract"][harmed], lived.consents["customer"]])
    at = np.concatenate([rows["outcome_at"][harmed], lived.consents["at"]])
    told = np.zeros(lived.n * lived.replicates)
    told[who[(at > sent[who]) & (at <= sent[who] + days * DAY_US)]] = 1.0
    return lived.shaped(told)
