"""The one way every operation of every resource is declared: who may call it, what it takes, gives and refuses with.

An operation that names no roles cannot be declared, and nothing else makes routes: what is served is what is declared,
documented, authorised and tested.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from inspect import cleandoc
from typing import Annotated, Any, Final

from pydantic import BaseModel, StringConstraints, TypeAdapter
from starlette.responses import Response
from starlette.routing import Route

from serving.access.roles import Role
from serving.api.call import Call
from serving.happenings.reported import Identifier

Handler = Callable[[Call], Coroutine[Any, Any, Response]]

MEGABYTE: Final = 1 << 20


class Keyed(Enum):
    """How an Idempotency-Key is honoured where its handler has to wait for others."""

    AT_DESK = "at the desk"
    """Kept by the desk that groups requests, in its own transaction: the handler passes on ``call.once``."""


class Anybody(Enum):
    """Those who need no key: a word of its own, so that an empty set of roles lets nobody in by mistake."""

    PUBLIC = "public"


PUBLIC: Final = Anybody.PUBLIC
"""For health, and for pages that explain problems and reasons."""
EVERYBODY: Final = frozenset(Role)
"""Any caller with a key or token, whatever the role."""


def spelled(pattern: str) -> Any:
    """Return a type for texts of which all of a pattern matches.

    Examples
    --------
    >>> TypeAdapter(spelled("dec_[0-9a-f]{26}")).json_schema()["pattern"]
    '^(?:dec_[0-9a-f]{26})$'
    """
    return Annotated[str, StringConstraints(pattern=f"^(?:{pattern})$")]


@dataclass(frozen=True)
class InPath:
    """What may stand in one place of a path: a type of text, such as :func:`spelled` makes, and how it looks."""

    kind: Any = Identifier
    example: str = "c0000001"
    about: str = "An identifier."
    spans: bool = False
    """Whether it may hold slashes: then it takes all that the values behind it leave."""

    @cached_property
    def adapter(self) -> TypeAdapter[str]:
        """What validates it, made once."""
        return TypeAdapter(self.kind)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a body of one media type looks like."""

    schema: Mapping[str, Any]
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Json:
    """Bodies of strict JSON that their handler validates itself, such as one item or a list, each on its own."""

    shapes: Mapping[str, Shape]
    """By media type."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A body of one JSON object a line, written to the disk as it comes; its handler is given what has arrived."""

    about: str
    example: str
    media_types: tuple[str, ...] = ("application/x-ndjson", "application/jsonl")


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is no JSON document."""

    media_type: str
    about: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it was declared; ``name`` is that of its handler and names it in the documentation."""

    tag: str
    name: str
    method: str
    path: str
    summary: str
    about: str
    roles: frozenset[Role] | Anybody
    handler: Handler
    takes: type[BaseModel] | Json | Lines | None = None
    query: type[BaseModel] | None = None
    gives: type[BaseModel] | Text | None = None
    gives_as: str = "application/json"
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    also_as: tuple[str, ...] = ()
    status: int = 200
    keyed: bool | Keyed = False
    problems: tuple[int, ...] = ()
    places: Mapping[str, InPath] = field(default_factory=dict)
    most_bytes: int = MEGABYTE

    @property
    def route(self) -> str:
        """Its path as the router reads it."""
        spans = [name for name, place in self.places.items() if place.spans]
        return "/".join(f"{part[:-1]}:path}}" if part[1:-1] in spans else part for part in self.path.split("/"))

    @property
    def words(self) -> str:
        """What keys and limits call it: ``POST /v1/permits/{permit_id}/claim``."""
        return f"{self.method} {self.path}"


class Resource:
    """The operations of one kind of thing.

    Parameters
    ----------
    tag
        What it is called, in the plural.
    about
        What it is, in one sentence.

    Examples
    --------
    >>> resource = Resource("permits", "Leave to contact one customer, once.")
    >>> @resource.operation("GET", "/v1/permits", summary="List permits")  # doctest: +ELLIPSIS
    ... async def list_permits(call: Call) -> Response: ...
    Traceback (most recent call last):
    ...
    TypeError: ...operation() missing 1 required keyword-only argument: 'roles'
    """

    def __init__(self, tag: str, about: str) -> None:
        self.tag, self.about = tag, about
        self.operations: list[Operation] = []

    def operation(
        self,
        method: str,
        path: str,
        *,
        summary: str,
        roles: frozenset[Role] | Anybody,
        takes: type[BaseModel] | Json | Lines | None = None,
        query: type[BaseModel] | None = None,
        gives: type[BaseModel] | Text | None = None,
        gives_as: str = "application/json",
        also: Mapping[int, type[BaseModel]] | None = None,
        also_as: tuple[str, ...] = (),
        status: int = 200,
        keyed: bool | Keyed = False,
        problems: tuple[int, ...] = (),
        path_values: Mapping[str, InPath] | None = None,
        most_bytes: int = MEGABYTE,
    ) -> Callable[[Handler], Handler]:
        """Declare an operation; its handler's docstring is its documentation.

        Parameters
        ----------
        method, path
            What is called; every ``{name}`` of the path is one value.
        summary
            What it does, in one line.
        roles
            Who may call it; :data:`PUBLIC` for everybody without a key, which is not the same as nobody said.
        takes
            The model of its JSON body; :class:`Json` where the handler validates, :class:`Lines` where it takes a
            list too long for one; None where it takes none.
        query
            The model of its query parameters; whatever else is in the query is refused.
        gives
            The model of its answer; :class:`Text` where it is no JSON document; None for an answer without a body.
        gives_as
            The media type of such a JSON document, where it has one of its own.
        also
            Models of answers under other statuses.
        also_as
            Other media types the usual answer comes in, by the header Accept.
        status
            Of the usual answer.
        keyed
            Whether an Idempotency-Key is honoured: its handler then works without waiting, in one transaction.
        problems
            The statuses it may refuse with, besides those that every operation has.
        path_values
            What may stand in the path, by name; the usual identifiers where nothing is said.
        most_bytes
            How large a body may be.

        Raises
        ------
        TypeError
            The roles are missing, or are not roles.
        """
        if not isinstance(roles, Anybody) and (not roles or not all(isinstance(role, Role) for role in roles)):
            raise TypeError(f"{method} {path}: name the roles that may call it, or PUBLIC")

        def declare(handler: Handler) -> Handler:
            name = getattr(handler, "__name__", "")
            told = Operation(
                self.tag,
                name,
                method,
                path,
                summary,
                cleandoc(handler.__doc__ or summary),
                roles,
                handler,
                takes,
                query,
                gives,
                gives_as,
                also or {},
                also_as,
                status,
                keyed,
                problems,
                {name: (path_values or {}).get(name, InPath()) for name in _names(path)},
                most_bytes,
            )
            self.operations.append(told)
            return handler

        return declare

    @property
    def routes(self) -> list[Route]:
        """The routes of its operations, for an application."""
        from serving.api.running import endpoint

        return [Route(one.route, endpoint(one), methods=[one.method], name=one.name) for one in self.operations]


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{") and part.endswith("}")]
