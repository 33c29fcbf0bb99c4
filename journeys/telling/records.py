"""A decision told: its alternatives with what stopped them, and its reasons in Portuguese and in English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from journeys.book.reasons import BIT, CODES
from journeys.guardrails import REGISTER, earliest, named, rules
from journeys.language.fields import SCORES
from journeys.rulebook.calendars import versions
from regua import money
from regua.clock import local_date, utc
from regua.columns import Array
from regua.records import Alternative, Decision, JourneyPosition, Reason
from regua.vocabulary import CHANNELS, NOTHING

if TYPE_CHECKING:
    from journeys.decisions import Decisions

_LASTING = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)
_CONSENT = REGISTER["consent"].BIT
_SHARED = REGISTER["hours"].BIT | REGISTER["contact_point"].BIT | _CONSENT
"""Guardrails whose answer many share: it depends on region and channel alone, and on whether a no was said."""
_PEACE = Alternative(NOTHING, 0)
_CONTEXT = ("last_channel", "last_topic", "last_offer", "open_promise_cents", "days_to_promise")
_WHOLE = frozenset({"open_promise_cents", "days_to_promise"})

_Stop: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], datetime | None]
"""Guardrails and rules that stop a candidate, and when all of them let go."""


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
    journey_at: int
    task: str | None
    offer: int
    npv_cents: int
    concession_cents: int
    row: int
    context: Mapping[str, Any]
    scores: tuple[float | None, ...]
    candidates: tuple[list[int], list[int], list[float], list[int], list[float]]


class _Row:
    """One customer, as the guardrails are asked about it."""

    __slots__ = ("_columns", "_known", "_row", "_segments")

    def __init__(self, decisions: "Decisions", told: _Told) -> None:
        self._segments, self._columns, self._row = decisions.segments, decisions.columns, told.row
        steps, journey = decisions.book.steps, told.journey_at
        purpose = int(steps.purposes[steps.first_steps[journey] + told.step])
        # Several rules of several channels read the same few values.
        self._known: dict[str, Any] = {"region_code": told.region_code, "purpose": purpose}

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column: as a stage made it, or as it was given."""
        if name in self._known:
            return self._known[name]
        array = self._segments.get(name)
        array = self._columns.get(name) if array is None else array
        if array is None:
            return default
        value = self._known[name] = array.item(self._row)
        return value


class _Teller:
    """What all rows share: texts by code and place, and what was told before, told again."""

    def __init__(self, decisions: "Decisions") -> None:
        self.decisions, self.book = decisions, decisions.book
        self.decided_at = utc(decisions.moment)
        self.score_names: tuple[str, ...] = ()
        self.plain, self.needs = self.book.reasons.plain, self.book.reasons.needs
        self.filled: dict[tuple[Any, ...], Reason] = {}
        self.policy = self.book.policies.on(local_date(decisions.moment, self.book.policies.zone))
        self.shared: dict[tuple[int, int, int, bool], _Stop] = {}
        self.refused = [decisions.columns.get(f"consent_{channel}") for channel in CHANNELS]

    def rows(self) -> Iterator[_Told]:
        """Turn the arrays into rows, once for all."""
        decisions, columns, n = self.decisions, self.decisions.columns, len(self.decisions)
        names = (columns[name].tolist() if name in columns else [None] * n for name in ("customer_id", "contract_id"))
        values = (getattr(decisions, name).tolist() for name in _Told._fields[2:-4])
        known = {name: _known(columns[name]) for name in SCORES if name in columns}
        told = {name: column for name, column in known.items() if column.count(None) < n}
        self.score_names = tuple(told)
        found = decisions.candidates
        arrays = (found.channel, found.action, found.value_cents, found.blocked, found.chance)
        candidates = zip(*(array.tolist() for array in arrays), strict=True)
        return map(
            _Told._make,
            zip(
                *names,
                *values,
                range(n),
                self._contexts(),
                zip(*told.values(), strict=True) if told else [()] * n,
                candidates,
                strict=True,
            ),
        )

    def _contexts(self) -> Iterator[Mapping[str, Any]]:
        """Tell what follows each customer from channel to channel, as it stood before this decision."""
        columns, n = self.decisions.columns, len(self.decisions)
        told = []
        for name in _CONTEXT:
            values = columns[name].tolist() if name in columns else [None] * n
            told.append(
                [None if one is None or one != one else int(one) for one in values] if name in _WHOLE else values
            )
        return (dict(zip(_CONTEXT, values, strict=True)) for values in zip(*told, strict=True))

    def record(self, decision_id: str, told: _Told, digests: Mapping[str, str], degraded: tuple[str, ...]) -> Decision:
        """Tell one row."""
        position = None
        alternatives, waits_until = self._alternatives(told)
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
            # Most models are not asked of a customer: what is NULL is not told.
            scores={name: one for name, one in zip(self.score_names, told.scores, strict=True) if one is not None},
            reasons=self._reasons(told),
            alternatives=alternatives,
            degraded=degraded,
            digests=digests,
            task=self._task(told.task),
            offer=self._offer(told),
            context=told.context,
            earliest_permitted_at=waits_until,
        )

    def _task(self, name: str | None) -> Mapping[str, Any] | None:
        if name is None:
            return None
        task = self.book.tasks.known[name]
        return {"name": name, "title": task.title.both(), "desk": task.desk, "within": task.within}

    def _offer(self, told: _Told) -> Mapping[str, Any] | None:
        if told.offer < 0:
            return None
        balance = self.decisions.columns["customer_balance_overdue_cents"].item(told.row)
        # Whoever has no invoice has no balance, and the stages took it to be nothing.
        quote = self.book.offers.quote(self.book.offers.names[told.offer], _whole(balance))
        return {**quote.as_dict(), "npv_cents": told.npv_cents, "concession_cents": told.concession_cents}

    def _alternatives(self, told: _Told) -> tuple[tuple[Alternative, ...], datetime | None]:
        """List what was not chosen and what stopped it; and say when a step that is blocked may be taken."""
        actions, chosen = self.book.steps.action_names, told.action
        rejected: list[Alternative] = []
        is_open, row = False, None
        for channel, action, worth, blocked, chance in zip(*told.candidates, strict=True):
            name = actions[action]
            if channel < 0 or name == chosen:
                continue
            value = None if worth != worth else int(worth)
            is_open = is_open or not blocked
            if not blocked:
                rejected.append(Alternative(name, value, propensity=chance))
                continue
            row = row or _Row(self.decisions, told)
            rejected.append(Alternative(name, value, *self._stopped(row, told, channel, blocked)))
        if told.channel >= 0 and told.step >= 0:
            return (*rejected, self._peace(told)), None
        known = [one.earliest_permitted_at for one in rejected if one.earliest_permitted_at is not None]
        return tuple(rejected), min(known) if known and not is_open else None

    def _peace(self, told: _Told) -> Alternative:
        """Tell of leaving in peace, and how probable it was: what the dice left of the candidates."""
        if told.propensity == 1:
            return _PEACE
        chances, rate = told.candidates[-1], self.book.economy.exploration_rate
        even = rate / (1 + sum(chance > 0 for chance in chances))
        # Where no candidate is likelier than the dice make all, peace was worth most.
        return Alternative(NOTHING, 0, propensity=even if max(chances) > even else even + (1.0 - rate))

    def _stopped(self, row: _Row, told: _Told, channel: int, blocked: int) -> _Stop:
        """Name the guardrails and rules that stop a candidate, and when all of them let go."""
        if blocked & ~_SHARED:
            return self._asked(row, channel, blocked)
        consent = self.refused[channel] if blocked & _CONSENT else None
        key = (told.region_code, channel, blocked, consent is not None and consent.item(told.row) <= 0)
        known = self.shared.get(key)
        if known is None:
            known = self.shared[key] = self._asked(row, channel, blocked)
        return known

    def _asked(self, row: _Row, channel: int, blocked: int) -> _Stop:
        moment = self.decisions.moment
        # What lasts is not over by waiting.
        lets_go = None if blocked & _LASTING else earliest(row, channel, blocked, self.policy, moment)
        return named(blocked), rules(row, channel, blocked, self.policy, moment), lets_go

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


def _known(array: Array) -> list[float | None]:
    return [None if value != value else value for value in array.tolist()]


def _whole(value: float | None) -> int:
    return 0 if value is None or value != value else int(value)
