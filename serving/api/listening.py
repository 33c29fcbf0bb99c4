"""How a service listens: everyone who knocks is let in at once, however long one round of answers takes."""

import socket
from functools import partial
from typing import TYPE_CHECKING, Any

from regua.errors import SettingsError
from serving.api.admission import Gate

if TYPE_CHECKING:
    import uvicorn

AT_ONCE = 32
"""The loop takes one new connection a round from each listener; a round under load lasts a tenth of a second."""
BACKLOG = 2048
KEPT_SECONDS = 75
"""An idle connection is kept longer than callers and proxies keep theirs, mostly a minute: one that is ended just as it
is used leaves its caller without knowing whether it was heard."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises
    ------
    SettingsError
        The address is taken, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as problem:
        raise SettingsError(
            f"nobody can be heard on {host}, port {port}: {problem.strerror}",
            expected="an address of this machine, and a port that is free",
            remedy="name another --host or --port, or stop what listens there",
        ) from problem


def run(app: Any, listener: socket.socket, gate: Gate | None = None, **settings: Any) -> None:
    """Answer until told to stop.

    Parameters
    ----------
    app
        What answers.
    listener
        The socket that is listened on. Several processes may share it.
    gate
        Who is refused as soon as it is heard; None where that is left to the application.
    settings
        Of :class:`uvicorn.Config`.
    """
    # How the socket waits is shared by all its processes, and taken over by copies: one that waits in accept would hear
    # nothing else any more.
    listener.settimeout(0)
    # With one listener the last of four hundred who come in the same second is heard half a minute later.
    doors = [listener, *(listener.dup() for _ in range(AT_ONCE - 1))]
    server_of(app, gate, **settings).run(sockets=doors)


def server_of(app: Any, gate: Gate | None = None, **settings: Any) -> "uvicorn.Server":
    """Make the server that listens; see :func:`run`."""
    import uvicorn

    from serving.api.doorkeeper import Doorkeeper

    heard_by: Any = "auto" if gate is None else partial(Doorkeeper, gate=gate)
    settings = {"timeout_keep_alive": KEPT_SECONDS, "access_log": False, "server_header": False, **settings}
    return uvicorn.Server(uvicorn.Config(app, http=heard_by, **settings))
