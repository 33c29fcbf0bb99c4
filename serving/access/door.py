"""Who is at the door: the caller behind a request, let in before anything else of it is read."""

from collections.abc import Collection

from starlette.requests import Request

from serving.access.roles import Caller, Role

NEVER_LIMITED = frozenset({"POST /v1/events"})
"""Payments, opt-outs and holds come in here: they are counted, and never refused for being many."""


async def authenticate(request: Request) -> Caller:
    """Say who calls, from the key or token a request carries.

    Raises
    ------
    UnauthenticatedError
        It carries none, or one that opens nothing here.
    """
    caller: Caller = await request.app.state.service.access.caller(request.headers.getlist("authorization"))
    return caller


async def let_in(request: Request, roles: Collection[Role], operation: str) -> Caller:
    """Say who calls an operation, if its roles allow it and its minute is not used up.

    What is left of the minute is told with the answer, whatever the answer is.

    Raises
    ------
    UnauthenticatedError, ForbiddenError, LimitedError
        Nobody knows who calls, or it may not do this, or not so often.
    """
    caller = await authenticate(request)
    request.state.caller_id = caller.caller_id
    is_limited = operation not in NEVER_LIMITED
    usage = await request.app.state.service.access.admit(caller, roles, operation, is_limited=is_limited)
    request.state.told = usage.headers()
    return caller
