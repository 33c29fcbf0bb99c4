"""Change requests and kill switches over the wire."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from regua.written_time import Instant
from serving.api.anatomy import InPath, spelled
from serving.api.cursors import PageOut
from serving.changes.asked import FILES_SHOWN, example

CHANGE_ID = InPath(spelled("chg_[0-9a-f]{26}"), "chg_" + "0" * 26, "The identifier a change request was answered with.")
SWITCH_ID = InPath(spelled("stp_[0-9a-f]{26}"), "stp_" + "0" * 26, "The identifier of a kill switch.")

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


class ChangeOut(BaseModel):
    """A change request as it stands: what it asks, what trying it came to, who said what."""

    model_config = example(_CHANGE)

    change_id: str
    kind: Literal["book", "release"]
    state: Literal["submitted", "approved", "applied", "rejected", "rolled_back"]
    title: str
    reason: str
    author: str
    created_at: Instant
    changed_at: Instant
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


class SwitchOut(BaseModel):
    """A kill switch: `stopped`, `resuming` once one person has asked to go on, `lifted` once two have."""

    model_config = example(_SWITCH)

    switch_id: str
    scope: Literal["portfolio", "channel", "journey"]
    name: str
    state: Literal["stopped", "resuming", "lifted"]
    reason: str
    stopped_by: str
    stopped_at: Instant
    resume_by: str | None
    resume_at: Instant | None
    lifted_by: str | None
    lifted_at: Instant | None


class SwitchesOut(BaseModel):
    """Every kill switch there was, the latest first."""

    model_config = example({"switches": [_SWITCH]})

    switches: list[SwitchOut]
