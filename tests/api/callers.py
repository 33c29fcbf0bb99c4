"""How a test becomes a caller: the one place that knows how keys are made and shown."""

from serving.access.roles import Role
from serving.service import Service

WITHOUT_LIMIT = 100_000_000


def headers_of(service: Service, *roles: Role) -> dict[str, str]:
    """Return the headers of a caller with some roles, by a key of its own; none of them without a role."""
    if not roles:
        return {}
    shown = service.access.give("a-test", roles, "tests", requests_per_minute=WITHOUT_LIMIT)
    return {"Authorization": f"Bearer {shown.text}"}
