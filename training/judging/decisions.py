"""Would a challenger treat today's customers otherwise than the champion does? The kernel decides twice and tells.

Ranks may agree and decisions differ, or the other way round: a threshold lies where many customers stand. So the same
customers are decided at the same moment with the same dice, once with each release's scores, and what becomes of them
is compared. Each customer is met as if for the first time; nothing is logged.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from journeys import book as strategy
from journeys.book import Book
from journeys.kernel import decide
from models import SPECS
from models.artifact import Artifact
from models.asked import WHO
from models.base import STANDING_IN
from models.bundle import Bundle
from regua.clock import utc
from regua.columns import Array, Columns, height, take
from regua.vocabulary import LANGUAGES, NOTHING
from training.judging.results import GateResult, Severity, result

OF_ALL = "release"
"""Whose gate it is: all models together decide."""

_MORNING, _DAYS = time(10), 8
_WAYS_TOLD = 4
_SAID: Mapping[str, Mapping[str, str]] = {
    "asked": {"pt-BR": "{n} clientes seriam tratados de outro modo", "en": "{n} customers would be treated otherwise"},
    "way": {"pt-BR": "{n} de {was} para {becomes}", "en": "{n} from {was} to {becomes}"},
    "message": {"pt-BR": "{n} com outra mensagem por {was}", "en": "{n} with another message by {was}"},
    "work": {"pt-BR": "{n} com outra tarefa", "en": "{n} with another task"},
    "others": {"pt-BR": "{n} de outros modos", "en": "{n} in other ways"},
    NOTHING: {"pt-BR": "nada", "en": "nothing"},
    "task": {"pt-BR": "tarefa", "en": "a task"},
}


@dataclass(frozen=True, slots=True)
class Flips:
    """Of ``asked`` customers, how many get another action, by channel before and after."""

    asked: int
    ways: Mapping[tuple[str, str], int]

    @property
    def share(self) -> float:
        """Customers treated otherwise, of all asked about."""
        return sum(self.ways.values()) / max(self.asked, 1)

    def told(self, book: Book) -> dict[str, str]:
        """Say in both languages which way they change, the most frequent first."""
        return {language: self._told(book, language) for language in LANGUAGES}

    def _told(self, book: Book, language: str) -> str:
        ways = sorted(self.ways.items(), key=lambda way: (-way[1], way[0]))
        said = [_way(was, becomes, count, book, language) for (was, becomes), count in ways[:_WAYS_TOLD]]
        if rest := sum(count for _, count in ways[_WAYS_TOLD:]):
            said.append(_SAID["others"][language].format(n=rest))
        asked = f"{self.asked:,}".replace(",", "." if language == "pt-BR" else ",")
        return _SAID["asked"][language].format(n=asked) + (": " + ", ".join(said) if said else "")


def check(
    champion: Bundle, models: Mapping[str, Artifact], known: Columns, *, as_of: datetime, zone: str, allowed: float
) -> tuple[GateResult, ...]:
    """Hold a challenger to the decisions of the champion.

    Parameters
    ----------
    champion, models
        The release at work, and the challenger's artifacts by name, as they would go to work.
    known
        Profiles of golden customers; see :func:`training.judging.golden.profiles`.
    as_of
        The moment of the profiles. Decided is then, or where that is no hour to contact anybody, on one of the
        mornings that follow.
    zone
        Of the business day.
    allowed
        Share of the customers asked about who may be treated otherwise.

    Returns
    -------
    ``decisions``, which refuses the release, and ``decisions/<model>`` for each model that alone would change
    somebody, which is told only; nothing where nobody is asked about, or the champion learned nothing.
    """
    people = reference(known)
    if not height(people) or all(one.kind == "prior" for one in champion.models.values()):
        return ()
    book = strategy.load()
    before, now = scores(champion.models, people), scores(models, people)
    at = _when(people, before, book, as_of, zone)
    gates = [_result(between(people, before, now, book, at), book, allowed, "refuses")]
    for name, spec in SPECS.items():
        columns = [column for arm in spec.each_arm for column in spec.score_columns(arm)]
        if any(not np.array_equal(before[column], now[column], equal_nan=True) for column in columns):
            alone = before | {column: now[column] for column in columns}
            gates.append(_result(between(people, before, alone, book, at), book, allowed, "warns", where=name))
    return tuple(gates)


def reference(known: Columns) -> Columns:
    """Return the lead contracts of the customers of whom some model is asked."""
    if not height(known):
        return known
    people = {**known, "has_profile": np.ones(height(known))}
    lead = people["contract_id"] == people["lead_contract_id"]
    return take(people, np.flatnonzero(lead & np.any([ask(people) for ask in WHO.values()], axis=0)))


def scores(models: Mapping[str, Artifact], columns: Columns) -> dict[str, Array]:
    """Score as serving does: of whom a model is asked, and where nothing was learned by priors that are counted on."""
    said = Bundle("", models, {}).scores(columns)
    found: dict[str, Array] = {}
    for spec in SPECS.values():
        asked = WHO[spec.asked_of](columns)
        for arm in spec.each_arm:
            silent = spec.prior[arm].probability if spec.name in STANDING_IN else np.nan
            for column in spec.score_columns(arm):
                found[column] = np.where(asked, said.get(column, silent), np.nan)
    return found


def between(columns: Columns, before: Columns, now: Columns, book: Book, moment: datetime) -> Flips:
    """Decide the same customers with two sets of scores and count whose channel or message changes."""
    was, becomes = (decide({**columns, **said}, book, moment).action for said in (before, now))
    changed = np.flatnonzero(was != becomes)
    ways = Counter(zip(map(_kind, was[changed]), map(_kind, becomes[changed]), strict=True))
    return Flips(height(columns), dict(ways))


def _when(columns: Columns, said: Columns, book: Book, as_of: datetime, zone: str) -> datetime:
    """Return the first moment from then on at which the champion contacts somebody."""
    local = utc(as_of).astimezone(ZoneInfo(zone))
    for moment in _moments(local):
        if (decide({**columns, **said}, book, moment).channel >= 0).any():
            return moment
    return utc(as_of)


def _moments(local: datetime) -> Iterator[datetime]:
    yield utc(local)
    for days in range(_DAYS):
        morning = datetime.combine(local.date() + timedelta(days=days), _MORNING, local.tzinfo)
        if morning > local:
            yield utc(morning)


def _result(found: Flips, book: Book, allowed: float, severity: Severity, where: str = "") -> GateResult:
    share, told = found.share, found.told(book)
    return result("decisions", share <= allowed, share, allowed, severity, where=where, group=told, is_share=True)


def _kind(action: str) -> str:
    return action.partition("/")[0]


def _way(was: str, becomes: str, count: int, book: Book, language: str) -> str:
    if was == becomes:
        kind = "work" if was == "task" else "message"
        return _SAID[kind][language].format(n=count, was=_name(was, book, language))
    named = {"was": _name(was, book, language), "becomes": _name(becomes, book, language)}
    return _SAID["way"][language].format(n=count, **named)


def _name(kind: str, book: Book, language: str) -> str:
    if kind in _SAID:
        return _SAID[kind][language]
    return str(book.channels.of(kind).title.both()[language])
