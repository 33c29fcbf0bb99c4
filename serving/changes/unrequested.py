"""May a release go to work without a change request? Only where nobody is there yet who could agree to one."""

from regua.errors import ConflictError
from regua.settings import Settings
from serving.access.roles import Role
from serving.store import Store


def refuse(settings: Settings) -> None:
    """Refuse to change the champion past the change requests of a service whose approvers are known.

    A new home has to have a first release before anybody can be asked; from the first key of an approver on, also one
    that counts no more, or where tokens name them, releases go to work by request alone.

    Raises
    ------
    ConflictError
        There are approvers, so that somebody can be asked.
    """
    if settings.token_keys is None and not _knows_approvers(settings):
        return
    raise ConflictError(
        "this home has approvers: a release goes to work, and back, by a change request alone",
        expected="a request that a data scientist writes and an approver agrees to",
        remedy="regua change submit --release RELEASE --title … --reason …",
    )


def _knows_approvers(settings: Settings) -> bool:
    if settings.store_url is None and not settings.decisions.exists():
        return False
    with Store.open(settings) as store:
        last = ""
        while page := store.callers.all(last):
            if any(Role.APPROVER in key.roles for key in page):
                return True
            last = page[-1].key_id
    return False
