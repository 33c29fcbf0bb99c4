"""From a permit to a contact, as callers see it: claim it on fresh facts, then say what became of it."""

from datetime import datetime
from enum import StrEnum

from regua.clock import local_date
from serving.deciding.pipeline import Pipeline
from serving.degrading.codes import FEATURES_UNAVAILABLE
from serving.degrading.footing import is_unknown
from serving.permits.guarding import Guarding
from serving.store import Claim, Permit, PermitState


class Outcome(StrEnum):
    """What a sender says became of a contact it had leave for; ``unknown``: it may have been sent, nobody can say."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    UNKNOWN = "unknown"


STATES = {
    Outcome.NOT_SENT: PermitState.RELEASED,
    Outcome.SENT: PermitState.SENT,
    Outcome.UNKNOWN: PermitState.UNKNOWN,
}


class Claims:
    """The permits of a service at work.

    Parameters
    ----------
    pipeline
        Profiles, book and store; the rules are asked again of what they say at the claim.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def claim(self, permit_id: str, at: datetime, by: str | None = None) -> Claim:
        """Let one caller make the contact of a permit now, if every rule still lets it.

        What was acknowledged before this call is seen: a payment, an opt-out or a hold that was answered is never
        overrun, nor is a kill switch. A contact that a rule stops takes its permit with it; one that cannot be judged
        now, since payments are late, the clock is doubtful or the profile cannot be read, waits with its permit.

        Raises
        ------
        NotFoundError
            There is no such permit.
        UnavailableError
            The profile or the store cannot be read: nothing is claimed.
        """
        permit = self._pipeline.store.permits.one(permit_id)
        if permit.state is not PermitState.OPEN:
            return Claim(permit, is_granted=False, reason=f"permit_{permit.state}")
        for stop in self._pipeline.stops(at):
            return Claim(permit, is_granted=False, reason=stop)
        guarding = Guarding.of(self._pipeline, permit, at)
        policies = self._pipeline.book.policies
        if is_unknown(guarding.profile, 0, policies.on(local_date(at, policies.zone)).critical):
            return Claim(permit, is_granted=False, reason=FEATURES_UNAVAILABLE)
        return self._pipeline.store.permits.claim(
            permit_id, at, lambda asked, facts: guarding.look(asked, at, facts), by
        )

    def settle(self, permit_id: str, outcome: Outcome, at: datetime, by: str | None = None) -> Permit:
        """Say what became of a contact: given back, sent, or nobody knows; it is then never tried again blind.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such permit; it stands where it cannot become this.
        """
        return self._pipeline.store.permits.turn(permit_id, STATES[outcome], at, str(outcome), by)
