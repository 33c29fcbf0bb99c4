"""Change requests and kill switches over the wire."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from regua.vocabulary import Channel
from serving.api.anatomy import InPath, spelled
from serving.api.cursors import PageOut
from serving.events import Identifier, pseudonym

MOSTFILES_SHOWN = 400
RELEASE, DIGEST = "[0-9a-f]{16}", "[0-9a-f]{64}"
CHANGE_ID = InPath(spelled("chg_[0-9a-f]{26}"), "chg_" + "0" * 26, "The identifier a change request was answered with.")
SWITCH_ID = InPath(spelled("stp_[0-9a-f]{26}"), "stp_" + "0" * 26, "The identifier of a kill switch.")

Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\p{C}\p{Z}]([^\p{C}]*[^\p{C}\p{Z}])?$"),
    AfterValidator(pseudonym),
]
"""A sentence or a few, of nobody in particular."""
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[a-z0-9_/.\-]+$")]
Files = Annotated[dict[FilePath, str | None], Field(max_length=MOSTFILES_SHOWN)]

FILES_SHOWN = {"policies/house.yaml": "policy: house\n…"}
_CHANGE: dict[str, Any] = {
    "change_id": "chg_5b1d0c2f4a6e8d7b9c3a1f0e2d",
    "kind": "book",
    "state": "submitted",
    "title": "Call on Saturdays until one",
    "reason": "Nobody answers in the afternoon",
    "author": "Ana Souza",
    "created_at": "2026-03-04T13:00:00Z",
    "changed_at": "2026-03-04T13:00:00Z",
    "base": "ad9b3923" * 8,
    "version": "b07c55f1" * 8,
    "files": FILES_SHOWN,
    "verdict": None,
    "approval": None,
    "steps": [
        {"did": "submitted", "by": "Ana Souza", "at": "2026-03-04T13:00:00Z", "note": "", "version": "b07c55f1" * 8}
    ],
}
_SWITCH: dict[str, Any] = {
    "switch_id": "stp_0f2e4d6c8b0a1f3e5d7c9b1a2f",
    "scope": "channel",
    "name": "whatsapp",
    "state": "stopped",
    "reason": "Wrong link in the message",
    "stopped_by": "Ana Souza",
    "stopped_at": "2026-03-04T13:00:00Z",
    "resume_by": None,
    "resume_at": None,
    "lifted_by": None,
    "lifted_at": None,
}


def example(value: Any) -> ConfigDict:
    """Show a model by an example."""
    return ConfigDict(json_schema_extra={"examples": [value]})


def strict_example(value: Any) -> ConfigDict:
    """Show a model by an example, and refuse what it does not know."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})


class ChangeIn(BaseModel):
    """What is to be live: files of the book that say something else, or another release."""

    model_config = strict_example({"kind": "book", "title": "Fewer calls", "reason": "A trial", "files": FILES_SHOWN})

    kind: Literal["book", "release"]
    title: Annotated[Words, StringConstraints(max_length=120)]
    reason: Words
    files: Files | None = Field(None, description="Sources by path inside the book; null takes a file out of it.")
    release_id: Annotated[str, StringConstraints(pattern=f"^{RELEASE}$")] | None = None

    @model_validator(mode="after")
    def says_what(self) -> Self:
        """Refuse a request that does not say what its kind asks for."""
        if (self.kind == "book") != bool(self.files) or (self.kind == "release") != bool(self.release_id):
            raise ValueError("files for a book, release_id for a release, and not the other")
        return self


class EditIn(BaseModel):
    """Files that are to say something else than the request does; none: it is written anew on what is live now."""

    model_config = strict_example({"files": FILES_SHOWN})

    files: Files


class ApproveIn(BaseModel):
    """Agreement to what was read; `version` is that of the request as it was read."""

    model_config = strict_example({"version": "b07c55f1" * 8, "note": "Seen with the contact centre"})

    version: Annotated[str, StringConstraints(pattern=f"^({DIGEST}|{RELEASE})$")]
    note: Words | None = None


class NoteIn(BaseModel):
    """Why, in words."""

    model_config = strict_example({"note": "Too few contacts on Saturdays"})

    note: Words


class ChangeOut(BaseModel):
    """A change request as it stands: what it asks, what trying it came to, who said what."""

    model_config = example(_CHANGE)

    change_id: str
    kind: Literal["book", "release"]
    state: Literal["submitted", "approved", "applied", "rejected", "rolled_back"]
    title: str
    reason: str
    author: str
    created_at: AwareDatetime
    changed_at: AwareDatetime
    base: str = Field(description="What was live when it was last written.")
    version: str = Field(description="What is to be live: the digest of a book, or a release.")
    files: dict[str, str | None]
    verdict: dict[str, Any] | None = Field(
        description="Findings, differences in words, and how many current customers it touches; of this very version."
    )
    approval: dict[str, Any] | None
    steps: list[dict[str, Any]]


class ChangesOut(PageOut[ChangeOut]):
    """A page of change requests, the latest first."""

    model_config = example({"results": [_CHANGE], "has_more": False, "next_cursor": None})


class StopIn(BaseModel):
    """What to stop and why: a channel or a journey by its name, or the whole portfolio."""

    model_config = strict_example({"scope": "channel", "name": "whatsapp", "reason": "Wrong link in the message"})

    scope: Literal["portfolio", "channel", "journey"]
    name: Annotated[Identifier, StringConstraints(max_length=80)] | None = None
    reason: Words

    @model_validator(mode="after")
    def names_it(self) -> Self:
        """Refuse a switch that does not name what it stops."""
        if (self.scope == "portfolio") != (self.name is None):
            raise ValueError("name a channel or a journey; the portfolio needs no name")
        if self.scope == "channel" and self.name not in {str(channel) for channel in Channel}:
            raise ValueError(f"a channel, one of {', '.join(Channel)}")
        return self


class SwitchOut(BaseModel):
    """A kill switch: `stopped`, `resuming` once one person has asked to go on, `lifted` once two have."""

    model_config = example(_SWITCH)

    switch_id: str
    scope: Literal["portfolio", "channel", "journey"]
    name: str
    state: Literal["stopped", "resuming", "lifted"]
    reason: str
    stopped_by: str
    stopped_at: AwareDatetime
    resume_by: str | None
    resume_at: AwareDatetime | None
    lifted_by: str | None
    lifted_at: AwareDatetime | None


class SwitchesOut(BaseModel):
    """Every kill switch there was, the latest first."""

    model_config = example({"switches": [_SWITCH]})

    switches: list[SwitchOut]
