"""Some thirty bugs that somebody could have written, each planted for the length of a month that has to find it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import fields, replace
from datetime import UTC, timedelta
from itertools import count
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from journeys.rulebook import hours
from regua.vocabulary import EventKind
from serving.deciding import pipeline
from serving.deciding.inputs import POSITION_NUMBERS, Inputs
from serving.happenings import counting, effects, intake, live, openings, permissions
from serving.permits import claims, guarding
from serving.permits.guarding import Guarding
from serving.store import PermitState, Receipt, Store, audit, erasing, events, log, outbox, permits, plans, switches
from serving.store.claiming import Permits
from serving.store.permit import OCCUPYING
from tests.trust.simulation.versions import other_book, shipped_book

Plant = Callable[[], AbstractContextManager[object]]
_BLIND = SimpleNamespace(OPEN="never")
_MICROSECOND = timedelta(microseconds=1)


def _nothing(*_: object, **__: object) -> None:
    return None


def _empty(*_: object) -> tuple[()]:
    return ()


@contextmanager
def _hours_of(**names: object) -> Iterator[None]:
    """Replace words of the module of hours; what the book has worked out with others is forgotten."""
    both = [book.policies.hours for book in (shipped_book(), other_book())]
    known = [getattr(own, kept.name) for own in both for kept in fields(own) if not kept.init]
    with patch.multiple(hours, **names):
        try:
            for one in known:
                one.clear()
            yield
        finally:
            for one in known:
                one.clear()


def _claimed_at(moved: Callable) -> Plant:
    real = claims.Claims.claim

    def claim(self, permit_id, at, by=None):
        return real(self, permit_id, moved(self._pipeline.store.permits.one(permit_id), at), by)

    return lambda: patch.object(claims.Claims, "claim", claim)


def _run_out_early() -> AbstractContextManager[object]:
    real = Permits.expire
    return patch.object(Permits, "expire", lambda self, at, *values: real(self, at + timedelta(hours=1), *values))


def _granted_again() -> AbstractContextManager[object]:
    real = claims.Claims.claim

    def claim(self, permit_id, at, by=None):
        found = real(self, permit_id, at, by)
        stands = found.permit.state is PermitState.CLAIMED
        return replace(found, is_granted=True, reason=None) if stands else found

    return patch.object(claims.Claims, "claim", claim)


def _kept_under_other_names() -> AbstractContextManager[object]:
    real, number = intake._understood, count()

    def understood(*values):
        source, event = real(*values)
        return f"{source}{next(number)}", event

    return patch.object(intake, "_understood", understood)


def _acknowledged_unkept() -> AbstractContextManager[object]:
    real, number = Store.record, count(1)

    def record(self, events, *values):
        return [Receipt.ACCEPTED] * len(events) if next(number) % 60 == 0 else real(self, events, *values)

    return patch.object(Store, "record", record)


def _untold(kind: str) -> AbstractContextManager[object]:
    real = outbox.keep

    def keep(transaction, portfolio, messages):
        real(transaction, portfolio, [one for one in messages if one.kind != kind])

    return patch.object(outbox, "keep", keep)


def _unrecorded(kind: str) -> AbstractContextManager[object]:
    real = audit.append

    def append(transaction, portfolio, entries):
        real(transaction, portfolio, [one for one in entries if one.kind != kind])

    return patch.object(audit, "append", append)


def _without_position() -> AbstractContextManager[object]:
    real = Inputs.pack

    def pack(self):
        block = np.asfortranarray(self.block.copy())
        for at, name in enumerate(self.shape.numbers):
            if name in POSITION_NUMBERS:
                block[:, at] = np.nan
        return real(Inputs(self.shape, block, {name: self.columns[name] for name in self.shape.texts}))

    return patch.object(Inputs, "pack", pack)


@contextmanager
def _stop_unheard() -> Iterator[None]:
    """Let neither the store nor the rules know at the claim what is stopped."""
    real = guarding.others
    with (
        patch.object(switches, "stopped", _nothing),
        patch.object(guarding, "others", lambda live, permit: replace(real(live, permit), stopped=())),
    ):
        yield


def _all_ended() -> AbstractContextManager[object]:
    real = openings.name_of
    return patch.object(openings, "name_of", lambda kind, data: None if kind in openings._ENDS else real(kind, data))


def _never_again() -> AbstractContextManager[object]:
    return patch.object(live, "told_apart", lambda events: events)


def _book_kept() -> AbstractContextManager[object]:
    real = pipeline.Pipeline.adopt
    return patch.object(pipeline.Pipeline, "adopt", lambda self, scorer, book=None: real(self, scorer))


def _release_kept() -> AbstractContextManager[object]:
    real = pipeline.Pipeline.adopt
    return patch.object(pipeline.Pipeline, "adopt", lambda self, scorer, book=None: real(self, self.scorer, book))


def _erased_and_open() -> AbstractContextManager[object]:
    return patch.object(erasing, "permits", SimpleNamespace(revoke=lambda *_: (), of_customers=permits.of_customers))


def _lift_all(row, kind) -> None:
    row.set("hold_bits", 0)


def _of_last_day(profile, moment):
    return moment - timedelta(days=1)


BUGS: Mapping[str, Plant] = {
    "the guard is not asked at the claim": lambda: patch.object(Guarding, "look", _nothing),
    "hours are those of UTC": lambda: _hours_of(ZoneInfo=lambda _: UTC),
    "caps count calendar days only": lambda: patch.object(counting, "ROLLING", {}),
    "caps count claimed permits only": lambda: patch.multiple(
        plans, PermitState=_BLIND, OCCUPYING=[one for one in OCCUPYING if one != PermitState.OPEN]
    ),
    "expiry gives no cap back": lambda: patch.multiple(
        plans, PermitState=_BLIND, OCCUPYING=(*OCCUPYING, PermitState.EXPIRED)
    ),
    "a payment revokes nothing": lambda: patch.object(permits, "REVOKING", permits.REVOKING - {EventKind.PAYMENT}),
    "an opt-out revokes nothing": lambda: patch.object(permits, "REVOKING", permits.REVOKING - {EventKind.OPTED_OUT}),
    "a refusal in an outcome is not kept": lambda: patch.object(events, "refusal", _nothing),
    "a wrong party among outcomes closes nothing": lambda: patch.object(live, "close_point", _nothing),
    "an event told twice is kept twice": _kept_under_other_names,
    "an unknown sending is tried again": lambda: patch.dict(
        claims.STATES, {claims.Outcome.UNKNOWN: PermitState.RELEASED}
    ),
    "a permit is granted to whoever asks again": _granted_again,
    "a permit is claimed before its time": _claimed_at(lambda permit, at: max(at, permit.not_before)),
    "a permit is claimed after its time": _claimed_at(lambda permit, at: min(at, permit.expires_at - _MICROSECOND)),
    "permits run out before their time": _run_out_early,
    "consents are not brought up to the moment": lambda: patch.object(permissions, "_consents", _nothing),
    "one hold that is lifted lifts them all": lambda: patch.object(effects.Row, "lift", _lift_all),
    "facts that moved while it was decided do not matter": lambda: patch.object(log, "ask_contested", lambda *_: set),
    "an event is acknowledged and not kept": _acknowledged_unkept,
    "a revocation is not told outside": lambda: _untold("permit.revoked"),
    "an expiry is not in the chain": lambda: _unrecorded("permit.expired"),
    "the position is not logged with the inputs": _without_position,
    "a stop is not heard at the claim": _stop_unheard,
    "a stop is not heard by the decision": lambda: patch.object(
        log, "switches", SimpleNamespace(ask_in_force=lambda *_: _empty)
    ),
    "a promise is not heard": lambda: patch.object(openings, "_promises", _nothing),
    "an arrangement is not heard": lambda: patch.object(live, "arrange", _nothing),
    "a signal is not heard": lambda: patch.object(live, "notice", _nothing),
    "what ends by its name ends all of its kind": _all_ended,
    "what begins again under its name stays over": _never_again,
    "nobody doubts a contact that is not reported": lambda: patch.object(Permits, "doubt", lambda *_: 0),
    "a book that was replaced decides on": _book_kept,
    "a release that was replaced decides on": _release_kept,
    "who was erased is known from last night": lambda: patch.object(pipeline, "forgotten", lambda known, _: known),
    "an erasure leaves permits open": _erased_and_open,
    "a late profile is taken for last night's": lambda: patch.object(pipeline, "looking_back", _of_last_day),
}
"""What is planted, by what is wrong with it."""
