"""Who may ask for a change, agree to it, undo it, stop and let go on: over the wire and at the command line alike."""

from regua.errors import ForbiddenError
from regua.people import same_person
from serving.access.roles import Caller, Role
from serving.changes.change import Change, Kind

WRITERS = frozenset({Role.STRATEGIST, Role.APPROVER, Role.DATA_SCIENTIST})
READERS = WRITERS | {Role.AUDITOR, Role.PRIVACY_OFFICER}
APPROVERS = frozenset({Role.APPROVER})
MAY_ASK = {
    Kind.BOOK: frozenset({Role.STRATEGIST, Role.APPROVER}),
    Kind.RELEASE: frozenset({Role.DATA_SCIENTIST}),
}
MAY_STOP = frozenset({Role.STRATEGIST, Role.APPROVER, Role.CRM, Role.PRIVACY_OFFICER, Role.ADMIN})
MAY_RESUME = frozenset({Role.STRATEGIST, Role.APPROVER})


def refuse_to_ask(caller: Caller, kind: Kind) -> None:
    """Refuse whoever has no role that asks for this kind of change.

    Raises
    ------
    ForbiddenError
        A strategist or an approver asks for a book, a data scientist for a release.
    """
    if not caller.roles & MAY_ASK[kind]:
        raise ForbiddenError(
            f"{', '.join(sorted(caller.roles))} asks for a {kind}",
            expected=f"one of the roles {', '.join(sorted(MAY_ASK[kind]))}",
            remedy="ask a colleague who has it",
        )


def refuse_to_reject(caller: Caller, change: Change) -> None:
    """Refuse whoever ends a change request that is neither theirs nor theirs to judge.

    Raises
    ------
    ForbiddenError
        They are no approver, and did not write it.
    """
    if not caller.roles & APPROVERS and not same_person(change.author, caller.name):
        raise ForbiddenError(
            "somebody else's change request", expected="the role approver", remedy="ask an approver, or its author"
        )
