"""A decision told: its alternatives with what stopped them, and its reasons in Portuguese and in English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from journeys.book.reasons import BIT, CODES, PLACEHOLDERS
from journeys.guardrails import REGISTER
from journeys.language.fields import SCORES
from journeys.rulebook.calendars import versions
from regua import money
from regua.clock import utc
from regua.columns import Array
from regua.records import Alternative, Decision, JourneyPosition, Reason
from regua.vocabulary import CHANNELS, NOTHING

if TYPE_CHECKING:
    from journeys.decisions import Decisions

_BITS = tuple((name, rule.BIT) for name, rule in REGISTER.items())
_HOURS = REGISTER["hours"].BIT
_PEACE = Alternative(NOTHING, 0)


def tell(
    decisions: "Decisions",
    decision_ids: Sequence[str],
    digests: Mapping[str, str] | Sequence[Mapping[str, str]],
    degraded: Sequence[Sequence[str]] | None,
) -> Iterator[Decision]:
    """Tell each decision as a record; see :meth:`journeys.decisions.Decisions.records`."""
    teller = _Teller(decisions)
    book, shared = {"book": decisions.book.digest, "calendar": versions()}, isinstance(digests, Mapping)
    for row, (decision_id, told) in enumerate(zip(decision_ids, teller.rows(), strict=True)):
        based_on = {**(digests if shared else digests[row]), **book}  # type: ignore[index,dict-item]
        yield teller.record(decision_id, told, based_on, tuple(degraded[row]) if degraded else ())


class _Told(NamedTuple):
    """One row of ``Decisions`` as Python values: two of its columns, arrays by their names, scores and candidates."""

    customer_id: str | None
    contract_id: str | None
    action: str
    channel: int
    template: str | None
    journey: str | None
    journey_version: float
    journey_day: float
    step: int
    value_cents: int
    send_at: datetime | None
    propensity: float
    explored: bool
    reason_bits: int
    exit_at: int
    region_code: int
    scores: tuple[float | None, ...]
    candidates: tuple[list[int], list[int], list[float], list[int]]


class _Teller:
    """What all rows share: texts by code and place, and what was told before, told again."""

    def __init__(self, decisions: "Decisions") -> None:
        self.decisions, self.book = decisions, decisions.book
        self.decided_at = utc(decisions.moment)
        self.score_names = tuple(name for name in SCORES if name in decisions.columns)
        reasons = self.book.reasons
        self.plain = {
            code: Reason(code, words) for code, words in reasons.words.items() if not reasons.placeholders[code]
        }
        self.needs = {
            code: attrgetter(*(PLACEHOLDERS[name] for name in names), "reason_bits")
            for code, names in reasons.placeholders.items()
            if names
        }
        self.filled: dict[tuple[Any, ...], Reason] = {}
        self.earliest: dict[tuple[int, int], datetime | None] = {}

    def rows(self) -> Iterator[_Told]:
        """Turn the arrays into rows, once for all."""
        decisions, columns, n = self.decisions, self.decisions.columns, len(self.decisions)
        names = (columns[name].tolist() if name in columns else [None] * n for name in ("customer_id", "contract_id"))
        values = (getattr(decisions, name).tolist() for name in _Told._fields[2:-2])
        scores = (
            zip(*(_known(columns[name]) for name in self.score_names), strict=True) if self.score_names else [()] * n
        )
        found = decisions.candidates
        arrays = (found.channel, found.action, found.value_cents, found.blocked)
        candidates = zip(*(array.tolist() for array in arrays), strict=True)
        return map(_Told._make, zip(*names, *values, scores if self.score_names else [()] * n, candidates, strict=True))

    def record(self, decision_id: str, told: _Told, digests: Mapping[str, str], degraded: tuple[str, ...]) -> Decision:
        """Tell one row."""
        position = None
        if told.journey is not None:
            step = told.step if told.step >= 0 else None
            position = JourneyPosition(told.journey, int(told.journey_version), int(told.journey_day), step)
        return Decision(
            decision_id=decision_id,
            customer_id=told.customer_id or "",
            contract_id=told.contract_id,
            decided_at=self.decided_at,
            action=told.action,
            channel=CHANNELS[told.channel] if told.channel >= 0 else None,
            template=told.template,
            send_at=None if told.send_at is None else told.send_at.replace(tzinfo=UTC),
            journey=position,
            value_cents=told.value_cents,
            propensity=told.propensity,
            explored=told.explored,
            scores=dict(zip(self.score_names, told.scores, strict=True)),
            reasons=self._reasons(told),
            alternatives=self._alternatives(told),
            degraded=degraded,
            digests=digests,
        )

    def _alternatives(self, told: _Told) -> tuple[Alternative, ...]:
        """List what was not chosen; an hour that has passed names the next that is permitted."""
        actions, chosen = self.book.steps.action_names, told.action
        rejected = []
        for channel, action, worth, blocked in zip(*told.candidates, strict=True):
            name = actions[action]
            if channel < 0 or name == chosen:
                continue
            earliest = self._earliest(told.region_code, channel) if blocked & _HOURS else None
            names = _stopped_by(blocked) if blocked else ()
            rejected.append(Alternative(name, None if worth != worth else int(worth), names, earliest))
        if told.channel >= 0 and told.step >= 0:
            rejected.append(_PEACE)
        return tuple(rejected)

    def _earliest(self, region_code: int, channel: int) -> datetime | None:
        key = (region_code, channel)
        if key not in self.earliest:
            self.earliest[key] = self.book.policies.hours.next_permitted(region_code, channel, self.decisions.moment)
        return self.earliest[key]

    def _reasons(self, told: _Told) -> tuple[Reason, ...]:
        """Put the reasons into words; what was told before to somebody in the same place is told again."""
        return tuple([self.plain.get(code) or self._filled(code, told) for code in _codes(told.reason_bits)])

    def _filled(self, code: str, told: _Told) -> Reason:
        key = (code, *self.needs[code](told)[:-1])
        known = self.filled.get(key)
        if known is None:
            known = self.filled[key] = Reason(code, self._texts(code, told))
        return known

    def _texts(self, code: str, told: _Told) -> dict[str, str]:
        book = self.book
        journey = book.journey(told.journey).written if told.journey is not None else None
        exit_name = book.exits[told.exit_at] or ""
        left = book.journey(exit_name.partition(".")[0]).written if exit_name else None
        return {
            language: sentence.format(
                journey=journey.title.say(language) if journey else "",
                steps=len(journey.steps) if journey else 0,
                exit=left.title.say(language) if left else "",
                day=_whole(told.journey_day),
                step=told.step + 1,
                action=told.action,
                value=money.in_words(told.value_cents, language),
            )
            for language, sentence in book.reasons.words[code].items()
        }


@lru_cache(maxsize=4096)
def _codes(bits: int) -> tuple[str, ...]:
    return tuple(code for code in CODES if bits & BIT[code])


@lru_cache(maxsize=256)
def _stopped_by(bits: int) -> tuple[str, ...]:
    return tuple(name for name, bit in _BITS if bits & bit)


def _known(array: Array) -> list[float | None]:
    return [None if value != value else value for value in array.tolist()]


def _whole(value: float | None) -> int:
    return 0 if value is None or value != value else int(value)
