"""A request to change what is live: what it asks, how far it has come, and who said what about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from regua.errors import ConflictError, ForbiddenError
from regua.people import same_person
from regua.records import canonical
from serving.store.changes import Asked
from serving.store.instants import instant


class Kind(StrEnum):
    """What is asked to change: the book of journeys and policies, or the release of models."""

    BOOK = "book"
    RELEASE = "release"


class State(StrEnum):
    """How far a request has come."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    APPLIED = "applied"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"


EDITABLE = (State.SUBMITTED, State.APPROVED)
"""A request in one of these may still be edited or rejected; an edit takes an approval back."""


@dataclass(frozen=True, slots=True)
class Change:
    """A request as it stands.

    ``base`` is what was live when it was last written and ``target`` what is to be live: digests of books, or
    identifiers of releases. ``verdict`` is what checking and trying ``target`` on the current customers came to,
    ``approval`` who agreed to it and when; both are of this very target and base, or None. ``steps`` tells all that was
    said, in order.
    """

    change_id: str
    kind: Kind
    state: State
    base: str
    target: str
    author: str
    created_at: datetime
    changed_at: datetime
    title: str
    reason: str
    files: Mapping[str, str | None]
    authors: tuple[str, ...]
    verdict: Mapping[str, Any] | None
    approval: Mapping[str, Any] | None
    steps: tuple[Mapping[str, Any], ...]
    seq: int = 0

    @classmethod
    def of(cls, asked: Asked) -> "Change":
        """Read a request from what is kept of it."""
        body = orjson.loads(asked.body)
        return cls(
            change_id=asked.change_id,
            kind=Kind(asked.kind),
            state=State(asked.state),
            base=asked.base,
            target=asked.target,
            author=asked.author,
            created_at=asked.created_at,
            changed_at=asked.changed_at,
            title=body["title"],
            reason=body["reason"],
            files=body["files"],
            authors=tuple(body["authors"]),
            verdict=body["verdict"],
            approval=body["approval"],
            steps=tuple(body["steps"]),
            seq=asked.seq,
        )

    def asked(self) -> Asked:
        """Return what is kept of it."""
        body = {
            "title": self.title,
            "reason": self.reason,
            "files": self.files,
            "authors": self.authors,
            "verdict": self.verdict,
            "approval": self.approval,
            "steps": self.steps,
        }
        return Asked(
            self.change_id,
            self.kind,
            self.state,
            self.base,
            self.target,
            self.author,
            self.created_at,
            self.changed_at,
            canonical(body).decode(),
            self.seq,
        )

    def told(self) -> dict[str, Any]:
        """Return the request as people and programs are told of it."""
        own = ("change_id", "kind", "state", "title", "reason", "author", "created_at", "changed_at", "base", "files")
        verdict = self.verdict and {name: value for name, value in self.verdict.items() if name != "journeys"}
        return {name: getattr(self, name) for name in own} | {
            "version": self.target,
            "verdict": verdict,
            "approval": self.approval,
            "steps": list(self.steps),
        }

    def step(self, did: str, by: str, at: datetime, note: str = "", **changed: Any) -> "Change":
        """Return the request one step further, with who did what and when."""
        target = changed.get("target", self.target)
        told = {"did": did, "by": by, "at": instant(at), "note": note, "version": target}
        return replace(self, changed_at=at, steps=(*self.steps, told), **changed)

    def refuse_own(self, by: str) -> None:
        """Refuse that somebody agrees to what they wrote themselves.

        Raises
        ------
        ForbiddenError
            They submitted it, or edited it.
        """
        if any(same_person(author, by) for author in self.authors):
            raise ForbiddenError(
                f"{by} wrote {self.change_id}",
                expected="another person: whoever writes a change does not put it to work",
                remedy="ask a colleague with the role approver",
            )

    def refuse_unless(self, *states: State) -> None:
        """Refuse what only a request in some states may become.

        Raises
        ------
        ConflictError
            It is in another one.
        """
        if self.state not in states:
            raise ConflictError(
                f"{self.change_id} is {self.state}", expected=" or ".join(states), remedy="read the change request"
            )
