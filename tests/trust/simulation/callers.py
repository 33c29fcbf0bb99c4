"""Who asks the service in a simulated month: a CRM that decides and claims, its senders, and their provider."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regua.errors import ConflictError
from serving.permits.claims import Claims, Outcome
from serving.permits.modes import How, Mode
from serving.store import Permit, PermitState
from tests.trust.simulation import promises
from tests.trust.simulation.ledger import Leave

if TYPE_CHECKING:
    from tests.trust.simulation.month import Month

ASKED_AT, TURNS = (4.5, 8.0, 11.5, 15.25, 19.0), 3
"""Hours after midnight at which customers are asked about: at so many of them each day, a third at each."""
HOUR_S = 3_600


class Callers:
    """The callers of a month."""

    def __init__(self, month: "Month") -> None:
        self._month = month

    def plan(self, day: datetime, number: int) -> None:
        """Ask about most once a day, each day at another hour; about some again."""
        month = self._month
        asked: list[list[str]] = [[] for _ in range(TURNS)]
        for name in month.names:
            is_asked, which, again = month.luck.shares(3, "asked", name, number)
            if is_asked < 0.7:
                first = int(which * TURNS)
                asked[first].append(name)
                if again < 0.25:
                    asked[(first + 1) % TURNS].append(name)
        for turn, names in enumerate(asked):
            if not names:
                continue
            hour = ASKED_AT[(number + 2 * turn) % len(ASKED_AT)]
            at = day + timedelta(hours=hour) + month.luck.between(0, HOUR_S, "asks", number, turn)
            month.later(at, lambda names=names, turn=turn: self.ask(names, f"{number}.{turn}"))

    def ask(self, names: Sequence[str], tag: str) -> None:
        """Ask for decisions, and check each against what was acknowledged."""
        month, luck = self._month, self._month.luck
        mode = Mode.DRY_RUN if month.happens(0.02, "dry", tag) else Mode.LIVE
        how, at = How(mode, auto_claim=luck.happens(0.1, "automatic", tag)), month.clock.now()
        answers = month.step("decide", names, lambda: month.service.answers(names, how, at))
        if answers is None:
            month.later(month.now + timedelta(minutes=3), lambda: self.ask(names, f"{tag}r"))
            return
        self._judge([answers[name] for name in names], how)
        for name in names:
            month.note("decisions", answers[name].body)
        if month.happens(0.05, "asked twice", tag):
            self._same(names, how, at, answers)

    def look_up(self, names: Sequence[str]) -> None:
        """After a crash: what was committed stands, whoever got an answer."""
        for permit in self._month.service.store.permits.of(list(names), tuple(PermitState)):
            leave = self._month.ledger.leaves.get(permit.permit_id)
            if leave is None:
                row = self._month.service.store.decision(permit.decision_id)
                leave = self._issued(permit, row.decided_at)
            if leave.state == "open" and permit.state is PermitState.CLAIMED:
                self._granted(leave, permit.changed_at, is_automatic=permit.reason == "auto_claim")
            elif leave.state != permit.state and leave.state in ("open", "claimed", "unknown"):
                self._month.ledger.turn(leave, str(permit.state), permit.changed_at)

    def _judge(self, answers: Sequence[Any], how: How) -> None:
        month, looked_at = self._month, []
        for answer in answers:
            decision = answer.decision
            if how.mode is not Mode.LIVE:
                month.check(["a dry run permits a contact"] * (decision.permit is not None), decision.decision_id)
                continue
            made_by = month.house.wrong(month.logged[decision.decision_id])
            month.check([*promises.of_an_answer(answer, month.ledger), *made_by], decision.decision_id)
            if decision.permit is not None or month.luck.happens(0.5, "looked at", decision.decision_id):
                looked_at.append(decision)
        seen = promises.inputs_of([month.logged[one.decision_id] for one in looked_at])
        for row, decision in enumerate(looked_at):
            known = promises.of_a_decision(month.ledger, decision, seen, row, is_automatic=how.auto_claim)
            found = list(known)
            month.check(found, f"{decision.decision_id} of {decision.customer_id}")
        for answer in answers if how.mode is Mode.LIVE else ():
            self._follow(answer)

    def _follow(self, answer: Any) -> None:
        """Do about an answer what a CRM does: note its permit, and let a sender claim it when its time has come."""
        month, decision, permit = self._month, answer.decision, answer.decision.permit
        if permit is None or permit["id"] in month.ledger.leaves:
            return
        leave = self._issued(month.service.store.permits.one(permit["id"]), decision.decided_at)
        if answer.is_claimed:
            self._granted(leave, decision.decided_at, is_automatic=True)
        else:
            self._plan_claims(leave)

    def _issued(self, permit: Permit, decided_at: datetime) -> Leave:
        month, at = self._month, permit.changed_at
        leave = Leave(permit.permit_id, permit.decision_id, permit.customer_id, permit.contract_id, permit.channel,
                      permit.slot, permit.not_before, permit.expires_at, at, decided_at=decided_at)  # fmt: skip
        month.check(list(promises.of_an_issue(month.ledger, leave, decided_at)), permit.permit_id)
        month.ledger.issue(leave)
        month.note("permits", permit.permit_id)
        return leave

    def _same(self, names: Sequence[str], how: How, at: datetime, before: Any) -> None:
        """Ask the same question of the same moment again: if nothing happened, the same bytes come back."""
        month, told = self._month, self._month.ledger.size
        answers = month.step("decide", names, lambda: month.service.answers(names, how, at))
        if answers is None or month.ledger.size > told or how.mode is not Mode.LIVE:
            if answers is not None:
                self._judge([answers[name] for name in names], how)
            return
        other = [name for name in names if answers[name].body != before[name].body]
        month.note("asked twice")
        fresh = [name for name in other if answers[name].decision.decision_id == before[name].decision.decision_id]
        month.check([f"{len(fresh)} decisions have other bytes when asked for again"] * bool(fresh), fresh[:1])
        self._judge([answers[name] for name in other], how)

    def _plan_claims(self, leave: Leave) -> None:
        month, luck, name = self._month, self._month.luck, leave.permit_id
        behind = leave.not_before - month.skew
        kind = luck.share("claims", name)
        if kind < 0.08:
            return
        if kind < 0.14:
            month.later(behind - timedelta(minutes=5), lambda: self.claim(leave, "eager"))
        after = luck.between(0, 2_700, "claims", name, "after")
        if kind > 0.7:
            after = luck.between(0, 6 * HOUR_S, "claims", name, "long after")
        at = behind + after
        if kind > 0.93:
            at = leave.expires_at + luck.between(-120, 1_800, "claims", name, "late")
        month.later(at, lambda: self.claim(leave, "sender"))
        if luck.happens(0.1, "two senders", name):
            month.later(at + luck.between(0, 5, "other", name), lambda: self.claim(leave, "other sender"))

    def claim(self, leave: Leave, sender: str) -> None:
        """Claim a permit; whoever gets it sends."""
        month, at = self._month, self._month.clock.now()
        before = leave.state
        claims = Claims(month.service.pipeline)
        done = month.step("claim", [leave.customer_id], lambda: claims.claim(leave.permit_id, at, sender))
        if done is None:
            # Who it was given to stands in the store: a sender that lost the answer reads it.
            if before != "claimed" and leave.state == "claimed":
                self._send(leave)
            return
        month.note("claims granted" if done.is_granted else "claims refused", f"{leave.permit_id} {done.reason}")
        if done.is_granted:
            self._granted(leave, at)
            self._send(leave)
            return
        month.check(["refused without a reason"] * (not done.reason), leave.permit_id)
        if leave.state == "open" and done.permit.state in (PermitState.REVOKED, PermitState.EXPIRED):
            month.ledger.turn(leave, str(done.permit.state), done.permit.changed_at)

    def _granted(self, leave: Leave, at: datetime, *, is_automatic: bool = False) -> None:
        month = self._month
        found = promises.of_a_claim(month.ledger, leave, at, is_automatic=is_automatic)
        month.check(list(found), f"{leave.permit_id} claimed, {leave.channel} to {leave.customer_id}")
        month.ledger.turn(leave, "claimed", at)

    def _send(self, leave: Leave) -> None:
        """Hand the contact to the provider, and hear of it, or not."""
        month, luck, name = self._month, self._month.luck, leave.permit_id
        kind = luck.share("provider", name)
        soon = month.now + luck.between(1, 30, "provider", name)
        if kind < 0.72:
            month.later(soon, lambda: self._settle(leave, Outcome.SENT))
            self._reported(leave, slowly=0.06)
        elif kind < 0.82:
            month.later(soon, lambda: self._settle(leave, Outcome.NOT_SENT))
        elif kind < 0.93:
            # The provider did not answer in time: nobody knows whether it was sent, and half of them were.
            month.later(soon, lambda: self._settle(leave, Outcome.UNKNOWN))
            if luck.happens(0.5, "was sent", name):
                self._reported(leave, slowly=0.5)
        elif luck.happens(0.5, "was sent", name):
            # Its sender died with what it knew, and the provider tells late.
            self._reported(leave, slowly=0.8)

    def _reported(self, leave: Leave, slowly: float) -> None:
        month, luck, name = self._month, self._month.luck, leave.permit_id
        often = {"contact_sent": 0.9, "contact_delivered": 0.5}
        told: dict[str, dict[str, str]] = {kind: {} for kind in often if luck.happens(often[kind], kind, name)}
        if outcome := month.outside.came_to(name):
            told["contact_outcome"] = {"outcome": outcome}
        for kind, data in told.items():
            about = {"decision_id": leave.decision_id, "channel": leave.channel}
            event = month.outside._event(kind, leave.customer_id, f"{kind}x{name}", data, **about)
            month.outside.tell(event, slowly)

    def _settle(self, leave: Leave, outcome: Outcome) -> None:
        month, at = self._month, self._month.clock.now()
        claims, said = Claims(month.service.pipeline), {"not_sent": "released"}.get(str(outcome), str(outcome))

        def settle():
            try:
                return claims.settle(leave.permit_id, outcome, at, "sender")
            except ConflictError:
                return False

        done = month.step("settle", [leave.customer_id], settle)
        if done is None:
            month.later(month.now + timedelta(minutes=1), lambda: self._settle(leave, outcome))
        elif done and leave.state != said:
            month.ledger.turn(leave, said, done.changed_at)
        month.note(f"contacts {outcome}", leave.permit_id)
