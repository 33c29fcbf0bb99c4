"""What a person asks for who changes or stops something: the same by request and at the command line."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from regua.vocabulary import Channel
from serving.happenings.reported import Identifier, pseudonym

MOSTFILES_SHOWN = 400
RELEASE, DIGEST = "[0-9a-f]{16}", "[0-9a-f]{64}"

Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\p{C}\p{Z}]([^\p{C}]*[^\p{C}\p{Z}])?$"),
    AfterValidator(pseudonym),
]
"""A sentence or a few, of nobody in particular."""
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[a-z0-9_/.\-]+$")]
Files = Annotated[dict[FilePath, str | None], Field(max_length=MOSTFILES_SHOWN)]

FILES_SHOWN = {"policies/house.yaml": "policy: house\n…"}


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
