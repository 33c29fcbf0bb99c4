"""A decision told: its alternatives with what stopped them, and its reasons in Portuguese and in English."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from journeys.fields import SCORES
from journeys.guardrails import REGISTER
from journeys.reasons import BIT, CODES, PLACEHOLDERS, Code
from regua import money
from regua.clock import utc
from regua.columns import Array
from regua.records import Alternative, Decision, JourneyPosition, Reason
from regua.vocabulary import CHANNELS, NOTHING

if TYPE_CHECKING:
    from journeys.decisions import Decisions

_TOLD = (
    *("action", "channel", "template", "journey", "journey_version", "journey_day", "step", "value_cents"),
    *("send_at", "propensity", "explored", "reason_bits", "exit_at", "region_code"),
)
"""The arrays of ``Decisions`` a record is told from."""

_BITS = tuple((name, rule.BIT) for name, rule in REGISTER.items())
_HOURS = REGISTER["hours"].BIT


def tell(
    decisions: "Decisions",
    decision_ids: Sequence[str],
    digests: Mapping[str, str] | Sequence[Mapping[str, str]],
    degraded: Sequence[Sequence[str]] | None,
) -> Iterator[Decision]:
    """Tell each decision as a record; see :meth:`journeys.decisions.Decisions.records`."""
    teller = _Teller.of(decisions)
    book = {"book": decisions.book.digest}
    for row, decision_id in enumerate(decision_ids):
        based_on = {**(digests if isinstance(digests, Mapping) else digests[row]), **book}
        yield teller.record(row, decision_id, based_on, tuple(degraded[row]) if degraded else ())


@dataclass(slots=True)
class _Teller:
    """The arrays as Python values, made once for all rows."""

    decisions: "Decisions"
    values: dict[str, list[Any]]
    scores: dict[str, list[Any]]
    candidates: list[tuple[Any, ...]]
    plain: dict[Code, Reason]
    needs: dict[Code, tuple[str, ...]]
    told: dict[tuple[Any, ...], Reason]
    decided_at: datetime

    @classmethod
    def of(cls, decisions: "Decisions") -> "_Teller":
        columns = decisions.columns
        values = {name: columns[name].tolist() for name in ("customer_id", "contract_id") if name in columns}
        for name in _TOLD:
            values[name] = getattr(decisions, name).tolist()
        found = decisions.candidates
        return cls(
            decisions=decisions,
            values=values,
            scores={name: _known(columns[name]) for name in SCORES if name in columns},
            candidates=list(
                zip(
                    found.channel.tolist(),
                    found.action.tolist(),
                    found.value_cents.tolist(),
                    found.blocked.tolist(),
                    strict=True,
                )
            ),
            plain={
                code: Reason(code.value, words)
                for code, words in decisions.book.reasons.words.items()
                if not decisions.book.reasons.placeholders[code]
            },
            needs={
                code: tuple(PLACEHOLDERS[name] for name in names)
                for code, names in decisions.book.reasons.placeholders.items()
            },
            told={},
            decided_at=utc(decisions.moment),
        )

    def record(self, row: int, decision_id: str, digests: Mapping[str, str], degraded: tuple[str, ...]) -> Decision:
        value = {name: column[row] for name, column in self.values.items()}
        channel = value["channel"]
        position = None
        if value["journey"] is not None:
            step = value["step"]
            version, day = int(value["journey_version"]), int(value["journey_day"])
            position = JourneyPosition(value["journey"], version, day, step if step >= 0 else None)
        return Decision(
            decision_id=decision_id,
            customer_id=value.get("customer_id") or "",
            contract_id=value.get("contract_id"),
            decided_at=self.decided_at,
            action=value["action"],
            channel=CHANNELS[channel] if channel >= 0 else None,
            template=value["template"],
            send_at=None if value["send_at"] is None else value["send_at"].replace(tzinfo=UTC),
            journey=position,
            value_cents=value["value_cents"],
            propensity=value["propensity"],
            explored=value["explored"],
            scores={name: column[row] for name, column in self.scores.items()},
            reasons=self._reasons(value),
            alternatives=self._alternatives(row, value),
            degraded=degraded,
            digests=digests,
        )

    def _alternatives(self, row: int, value: Mapping[str, Any]) -> tuple[Alternative, ...]:
        """List what was not chosen; an hour that has passed names the next that is permitted."""
        actions, hours = self.decisions.book.steps.actions, self.decisions.book.policies.hours
        rejected = []
        for channel, action, worth, blocked in zip(*self.candidates[row], strict=True):
            if channel < 0 or actions[action] == value["action"]:
                continue
            names = _stopped_by(blocked) if blocked else ()
            earliest = None
            if blocked & _HOURS:
                earliest = hours.next_permitted(value["region_code"], channel, self.decisions.moment)
            rejected.append(Alternative(actions[action], None if worth != worth else int(worth), names, earliest))
        if value["action"] != NOTHING and value["step"] >= 0:
            rejected.append(Alternative(NOTHING, 0))
        return tuple(rejected)

    def _reasons(self, value: Mapping[str, Any]) -> tuple[Reason, ...]:
        plain = self.plain
        return tuple(plain.get(code) or self._filled(code, value) for code in _codes(value["reason_bits"]))

    def _filled(self, code: Code, value: Mapping[str, Any]) -> Reason:
        """Fill in a sentence; one that was told before to somebody in the same place is told again."""
        key = (code, *(value[name] for name in self.needs[code]))
        known = self.told.get(key)
        if known is None:
            known = self.told[key] = Reason(code.value, self._texts(code, value))
        return known

    def _texts(self, code: Code, value: Mapping[str, Any]) -> dict[str, str]:
        book = self.decisions.book
        journey = book.journey(value["journey"]).written if value["journey"] is not None else None
        exit_name = book.exits[value["exit_at"]] or ""
        left = book.journey(exit_name.partition(".")[0]).written if exit_name else None
        return {
            language: sentence.format(
                journey=journey.title.say(language) if journey else "",
                steps=len(journey.steps) if journey else 0,
                exit=left.title.say(language) if left else "",
                day=_whole(value["journey_day"]),
                step=value["step"] + 1,
                action=value["action"],
                value=money.in_words(value["value_cents"], language),
            )
            for language, sentence in book.reasons.words[code].items()
        }


@lru_cache(maxsize=4096)
def _codes(bits: int) -> tuple[Code, ...]:
    return tuple(code for code in CODES if bits & BIT[code])


@lru_cache(maxsize=256)
def _stopped_by(bits: int) -> tuple[str, ...]:
    return tuple(name for name, bit in _BITS if bits & bit)


def _known(array: Array) -> list[float | None]:
    return [None if value != value else value for value in array.tolist()]


def _whole(value: float | None) -> int:
    return 0 if value is None or value != value else int(value)
