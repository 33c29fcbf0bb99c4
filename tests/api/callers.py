"""How a test becomes a caller: the one place that knows how keys are made and shown."""

from serving.access.roles import Role
from serving.service import Service


def headers_of(service: Service, *roles: Role) -> dict[str, str]:
    """Return the headers of a caller with some roles, by a key of its own; none of them without a role."""
    if not roles:
        return {}
    return {"Authorization": f"Bearer {service.access.give('a-test', roles, 'tests').text}"}
