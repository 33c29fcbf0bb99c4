"""Leave for the contacts of decisions: which slot each takes, and between which instants it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from journeys.book import Book
from journeys.decisions import Decisions
from journeys.language.strict import PURPOSES
from regua.clock import local_date, start_of_day, utc
from regua.records import Decision
from serving.permits.slots import NO_CONTRACT, slot
from serving.store import Permit, PermitState

PREFIX = "per_"
AUTO_CLAIM = "auto_claim"
"""Why a permit was claimed in the instant of its decision."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What a decision says of its permit: the slot it takes, and the instants between which it may be claimed."""

    permit_id: str
    slot: str
    not_before: datetime
    expires_at: datetime

    def told(self) -> Mapping[str, Any]:
        """Return what the answered decision says of it."""
        return {
            "id": self.permit_id,
            "slot": self.slot,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
        }


def leaves(decisions: Decisions, decision_ids: list[str]) -> Iterator[Leave | None]:
    """Say of each decision which leave its contact needs; None where it contacts nobody.

    A permit holds from the instant the contact is planned for until the permitted hours around that instant end, and
    never beyond the business day: what was decided for a day is not sent on another. The same decisions give the same
    leaves; the identifier follows from that of the decision.
    """
    steps, windows = decisions.book.steps, _Windows(decisions.book)
    first = steps.first_steps.take(decisions.journey_at)
    # Whoever has no step due has none to look up; row -1 is the empty step.
    places = np.where(decisions.step >= 0, first + decisions.step, -1)
    rows = zip(
        decision_ids,
        decisions.channel.tolist(),
        decisions.send_at.tolist(),
        decisions.region_code.tolist(),
        steps.purposes.take(places).tolist(),
        strict=True,
    )
    for decision_id, channel, planned, region, purpose in rows:
        if channel < 0 or planned is None:
            yield None
            continue
        at = utc(planned)
        day = local_date(at, windows.zone)
        yield Leave(permit_id(decision_id), slot(day, PURPOSES[purpose]), at, windows.end(region, channel, at))


def permit_id(decision_id: str) -> str:
    """Name the permit of a decision: each has at most one.

    Examples
    --------
    >>> permit_id("dec_fcb23c27b22d442f8c97b7203c")
    'per_fcb23c27b22d442f8c97b7203c'
    """
    return PREFIX + decision_id.removeprefix("dec_")


def permit_of(decision: Decision, *, is_claimed: bool = False) -> Permit | None:
    """Make the permit that a decision tells of, to be committed with it; None where it tells of none.

    ``is_claimed`` gives it to the caller at once: for callers that cannot ask again just before they send.
    """
    told = decision.permit
    if told is None or decision.channel is None:
        return None
    return Permit(
        permit_id=told["id"],
        decision_id=decision.decision_id,
        customer_id=decision.customer_id,
        contract_id=decision.contract_id or NO_CONTRACT,
        channel=decision.channel,
        slot=told["slot"],
        not_before=told["not_before"],
        expires_at=told["expires_at"],
        changed_at=decision.decided_at,
        state=PermitState.CLAIMED if is_claimed else PermitState.OPEN,
        reason=AUTO_CLAIM if is_claimed else None,
        claimed_at=decision.decided_at if is_claimed else None,
    )


@dataclass(frozen=True, slots=True)
class _Windows:
    """The permitted hours of a book, each end looked up once."""

    book: Book
    _known: dict[tuple[int, int, datetime], datetime] = field(init=False, default_factory=dict)

    @property
    def zone(self) -> str:
        return self.book.policies.zone

    def end(self, region: int, channel: int, at: datetime) -> datetime:
        """Return when the permitted hours around an instant end, at the latest with the business day."""
        key = region, channel, at
        if key not in self._known:
            self._known[key] = self._end(region, channel, at)
        return self._known[key]

    def _end(self, region: int, channel: int, at: datetime) -> datetime:
        hours, day = self.book.policies.hours, local_date(at, self.zone)
        midnight = start_of_day(day + timedelta(days=1), self.zone)
        closes = hours.closes(region, channel, day, at)
        return midnight if closes is None else min(closes, midnight)
