"""Who sits at the command line: the person behind an API key, read from REGUA_KEY or asked for unseen."""

import asyncio
import os
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

import typer

from regua.errors import SettingsError

if TYPE_CHECKING:
    from serving.access.access import Access
    from serving.access.roles import Caller, Role

KEY = "REGUA_KEY"


def caller_of(access: "Access", roles: "Collection[Role]", what: str) -> "Caller":
    """Say who acts, by the same door that requests come in by; no option takes a key, since others see options.

    Raises
    ------
    SettingsError
        No key is given, and nobody is there to type one.
    UnauthenticatedError, ForbiddenError, LimitedError
        The key opens nothing here, or not this, or not so often.
    """
    text = os.environ.get(KEY, "").strip() or _typed()

    async def told() -> "Caller":
        caller = await access.caller([f"Bearer {text}"])
        await access.admit(caller, roles, what)
        return caller

    return asyncio.run(told())


def _typed() -> str:
    if not sys.stdin.isatty():
        raise SettingsError(
            f"{KEY} is not set, so that nobody knows who acts",
            expected="an API key of your own, as regua keys create showed it",
            remedy=f"read -s {KEY}; export {KEY}",
        )
    return str(typer.prompt("your key", hide_input=True, err=True)).strip()
