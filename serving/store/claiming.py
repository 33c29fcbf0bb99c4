"""From a permit to a contact: claimed once on fresh facts, then sent, unknown or given back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from serving.store import audit, log, permits, switches
from serving.store.database import Database, Transaction
from serving.store.log import Live
from serving.store.permit import OCCUPYING, Permit, PermitState

AT_ONCE = 500
EXPIRED, TOO_EARLY, UNREPORTED = "permit_expired", "too_early", "unreported"

Guard = Callable[[Permit, Callable[[datetime], Live]], str | None]
"""Looks at a permit and at what is known since an instant; says why the contact must not be made, None if it may."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim came to: the contact may be made if ``is_granted``, and otherwise ``reason`` says why not."""

    permit: Permit
    is_granted: bool
    reason: str | None = None


class Permits:
    """The permits of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def one(self, permit_id: str) -> Permit:
        """Read a permit.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        """
        with self._database.reading() as transaction:
            return permits.one(transaction, self._portfolio, permit_id)

    def of(self, customer_ids: Sequence[str], states: Sequence[PermitState] = OCCUPYING) -> list[Permit]:
        """Read the permits of customers that hold a slot, or are in other states asked for."""
        with self._database.reading() as transaction:
            return permits.of_customers(transaction, self._portfolio, customer_ids, states)

    def claim(self, permit_id: str, at: datetime, guard: Guard, by: str | None = None) -> Claim:
        """Let one caller have a permit, if the contact may still be made on what is known now.

        The guard runs inside the transaction, with the customer held: what was acknowledged before this call is seen,
        and what comes later waits. A contact it stops takes its permit with it; one that a kill switch stops does not.
        """
        with self._database.writing() as transaction:
            permit = permits.one(transaction, self._portfolio, permit_id)
            transaction.hold(self._portfolio, [permit.customer_id])
            permit = permits.one(transaction, self._portfolio, permit_id)
            if permit.state is not PermitState.OPEN:
                return Claim(permit, is_granted=False, reason=f"permit_{permit.state}")
            if at < permit.not_before:
                return Claim(permit, is_granted=False, reason=TOO_EARLY)
            journey = log.journey_of(transaction, self._portfolio, permit.decision_id)
            if stop := switches.stopped(transaction, self._portfolio, permit.channel, journey):
                # It lasts until two people let go of it: the permit waits, and runs out if they do not.
                return Claim(permit, is_granted=False, reason=stop)
            state, reason = PermitState.EXPIRED, None
            if at < permit.expires_at:
                reason = guard(permit, partial(self._known, transaction, [permit.customer_id], at))
                state = PermitState.REVOKED if reason else PermitState.CLAIMED
            permit, entry = permits.turn(transaction, self._portfolio, permit, state, at, reason, by)
            audit.append(transaction, self._portfolio, [entry])
        return Claim(permit, state is PermitState.CLAIMED, EXPIRED if state is PermitState.EXPIRED else reason)

    def _known(self, transaction: Transaction, customer_ids: Sequence[str], at: datetime, since: datetime) -> Live:
        """Read what is known at a claim: all there is, by whatever clock, and contacts decided in this very moment."""
        return log.read_live(transaction, self._portfolio, customer_ids, since, at, beside=customer_ids, whole=True)

    def turn(
        self, permit_id: str, state: PermitState, at: datetime, reason: str | None = None, by: str | None = None
    ) -> Permit:
        """Say what became of a permit: ``sent``, ``unknown`` or ``released``; said again, it stays so.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        ConflictError
            It may not become this from where it stands.
        """
        with self._database.writing() as transaction:
            permit = permits.one(transaction, self._portfolio, permit_id)
            transaction.hold(self._portfolio, [permit.customer_id])
            permit = permits.one(transaction, self._portfolio, permit_id)
            if permit.state is state:
                return permit
            permit, entry = permits.turn(transaction, self._portfolio, permit, state, at, reason, by)
            audit.append(transaction, self._portfolio, [entry])
        return permit

    def expire(self, moment: datetime, limit: int = AT_ONCE) -> int:
        """Close open permits whose time has passed, so that their slots are free again; return how many."""
        return self._turn_past(PermitState.OPEN, PermitState.EXPIRED, moment, moment, None, limit)

    def doubt(self, moment: datetime, patience: timedelta, limit: int = AT_ONCE) -> int:
        """Say of claimed permits that nobody reported on how they ended, and that nobody will try them again.

        They hold their slots and count on; whoever hears how the contact ended may still say so. Returns how many.

        Parameters
        ----------
        moment
            Now.
        patience
            How long after a permit's hours have ended its sender may still report.
        limit
            The most at once.
        """
        return self._turn_past(PermitState.CLAIMED, PermitState.UNKNOWN, moment - patience, moment, UNREPORTED, limit)

    def _turn_past(
        self, state: PermitState, turned: PermitState, ended: datetime, at: datetime, reason: str | None, limit: int
    ) -> int:
        """Turn the permits in a state whose time had ended by then; return how many."""
        with self._database.writing() as transaction:
            customers = {one.customer_id for one in permits.past(transaction, self._portfolio, state, ended, limit)}
            transaction.hold(self._portfolio, customers)
            found = permits.past(transaction, self._portfolio, state, ended, limit)
            own = [one for one in found if one.customer_id in customers]
            told = [permits.turn(transaction, self._portfolio, one, turned, at, reason) for one in own]
            audit.append(transaction, self._portfolio, [entry for _, entry in told])
        return len(told)
