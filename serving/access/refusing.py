"""What is said to whom nobody knows: why it opens nothing, and never what was shown."""

from regua.errors import UnauthenticatedError


def refused(found: str, expected: str | None = None) -> UnauthenticatedError:
    """Say that nobody is known by what was shown.

    Examples
    --------
    >>> refused("no key and no token").status
    401
    """
    problem = UnauthenticatedError(
        found,
        expected=expected or "Authorization: Bearer, with a key or a token of this service's portfolio",
        remedy="regua keys create makes a key; regua keys list tells which ones count",
    )
    problem.headers = {"WWW-Authenticate": 'Bearer realm="regua"'}
    return problem
