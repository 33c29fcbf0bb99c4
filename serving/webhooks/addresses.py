"""Where a webhook may point: out into the world, and never back into the bank's own network.

Whoever may name an address could otherwise have the service knock at doors that only it can reach: a database, the
metadata of a cloud, itself. So the address is read strictly, every name is looked up anew at each try, every address it
has must be a public one, and the connection goes to the address that was checked and to no other (DNS rebinding).
Redirects are not followed. Networks of the own house are opened by the setting ``REGUA_WEBHOOK_NETWORKS``.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from regua.errors import RequestError, SettingsError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Looks a name up: all its addresses."""

LONGEST_URL = 2_000
_WHOLE = re.compile(r"https?://[!-~]+", re.I)
_NAME = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})", re.I)
_SHORT_NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_OWN_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion")
_LOWEST_PORT = 1_024
# What Python's own tables count as global, or not yet as anything, and still leads inside or nowhere.
_NEVER = tuple(
    ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10", "224.0.0.0/3"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
_UNICAST_6 = ip_network("2000::/3")


class AddressError(RequestError):
    """A webhook's address is not one that may be called."""

    code, status = "webhook_address", 422


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it was read: nothing in it is left to somebody else's reading."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_literal(self) -> bool:
        """Whether the host is an IP address rather than a name."""
        return _literal(self.host) is not None


class Guard:
    """Says which addresses may be called.

    Parameters
    ----------
    networks
        Networks of the own house that may be called as well, also without TLS, such as ``10.20.0.0/16``.
    resolve
        Looks names up; the machine's own resolver when None.
    """

    def __init__(self, networks: Sequence[str] = (), resolve: Resolve | None = None) -> None:
        try:
            self._own = tuple(ip_network(one) for one in networks)
        except ValueError as problem:
            raise SettingsError(
                f"REGUA_WEBHOOK_NETWORKS: {problem}", expected='a list such as ["10.20.0.0/16"]'
            ) from problem
        self._resolve = resolve or looked_up

    def read(self, url: str) -> Target:
        """Read an address, strictly; nothing is looked up.

        Raises
        ------
        AddressError
            It is not https to a public name, or hides where it leads.
        """
        target = _target(url)
        literal = _literal(target.host)
        if literal is not None and not self._is_own(literal):
            raise _refused("its host is a number", "a name in the domain name system")
        if literal is None and not self._own and target.scheme != "https":
            raise _refused("it is not https", "https://")
        if literal is None and not self._is_name(target.host):
            raise _refused("its host is not a public domain name", "a full name such as crm.example.com, in ASCII")
        if not self._own and target.port != 443 and target.port < _LOWEST_PORT:
            raise _refused(f"its port is {target.port}", f"443, or {_LOWEST_PORT} and more")
        return target

    def address(self, target: Target) -> str:
        """Look a host up and return the address to connect to: all it has may be called, or none is.

        Raises
        ------
        AddressError
            One of them is not public, or there is none.
        """
        literal = _literal(target.host)
        try:
            found = [literal] if literal else [ip_address(one) for one in self._resolve(target.host, target.port)]
        except (OSError, ValueError, UnicodeError) as problem:
            raise _refused("its host cannot be looked up", "a name that has an address") from problem
        if not found:
            raise _refused("its host has no address", "a name that has an address")
        own = [self._is_own(one) for one in found]
        if not all(mine or is_public(one) for one, mine in zip(found, own, strict=True)):
            raise _refused("its host leads inside", "an address on the public network")
        if target.scheme != "https" and not all(own):
            raise _refused("it is not https", "https://")
        return str(found[0])

    def _is_name(self, host: str) -> bool:
        # In the own house names are short, and end as the house likes; where they lead is looked at all the same.
        return bool(_SHORT_NAME.fullmatch(host) if self._own else _NAME.fullmatch(host) and not _is_inside(host))

    def _is_own(self, address: Address) -> bool:
        return any(address in network for network in self._own if network.version == address.version)


def is_public(address: Address) -> bool:
    """Say whether an address is on the public network, and is what it seems: none that carries another inside.

    Examples
    --------
    >>> [is_public(ip_address(one)) for one in ("93.184.215.14", "10.0.0.1", "::ffff:8.8.8.8", "169.254.169.254")]
    [True, False, False, False]
    """
    if isinstance(address, IPv6Address) and (address not in _UNICAST_6 or address.scope_id):
        return False
    is_never = any(address in network for network in _NEVER if network.version == address.version)
    return address.is_global and not address.is_multicast and not is_never


def looked_up(host: str, port: int) -> Sequence[str]:
    """Look a name up with the machine's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _target(url: str) -> Target:
    if len(url) > LONGEST_URL or not _WHOLE.fullmatch(url) or "\\" in url:
        raise _refused("it is not one plain address", f"https://… of at most {LONGEST_URL} ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise _refused("it cannot be read", "https://name/path") from problem
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("it carries a user", "https://name/path")
    if parts.fragment or "#" in url or "%" in parts.netloc:
        raise _refused("it has a fragment, or an escape in its host", "https://name/path")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port if port is not None else {"https": 443, "http": 80}[parts.scheme], path)


def _is_inside(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _OWN_NAMES)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _refused(found: str, expected: str) -> AddressError:
    return AddressError(
        f"the address of a webhook cannot be used: {found}",
        expected=expected,
        remedy="name a public https address, or allow a network of your own by REGUA_WEBHOOK_NETWORKS",
    )
