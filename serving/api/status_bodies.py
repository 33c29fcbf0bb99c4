"""What goes over the wire about whether it is alive and ready, and what is degraded."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from regua.written_time import Instant

_READINESS: dict[str, Any] = {
    "is_ready": True,
    "contacts_stopped_by": [],
    "parts": {"release": {"is_ready": True, "release_id": "d4a8604e426b1258"}, "decision_log": {"is_ready": True}},
}


class Alive(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "alive"}]})

    status: Literal["alive"]


class Readiness(BaseModel):
    """Whether each thing an answer needs is there."""

    model_config = ConfigDict(json_schema_extra={"examples": [_READINESS]})

    is_ready: bool
    contacts_stopped_by: list[str] = Field(description="Codes of what stops every contact now, as in `degraded`.")
    parts: dict[str, dict[str, Any]]


class DegradedOut(BaseModel):
    """One part that is not as it should be: which, how, and since when."""

    part: str
    code: str
    name: str | None = Field(description="Which of several, such as a webhook endpoint or a stopped channel.")
    since: Instant
    about: str


class AtWorkOut(BaseModel):
    """What answers now."""

    release_id: str = Field(description="The release of models; `none` where documented priors speak.")
    has_models: bool
    book_digest: str = Field(description="Journeys and policies together.")
    policy_digest: str = Field(description="The policies alone.")


class StatusOut(BaseModel):
    """What is at work, whether anything of it is degraded, and what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "at": "2026-03-04T13:05:00Z",
                    "at_work": {
                        "release_id": "d4a8604e426b1258",
                        "has_models": True,
                        "book_digest": "9f" * 32,
                        "policy_digest": "3c" * 32,
                    },
                    "degraded": [
                        {
                            "part": "webhooks",
                            "code": "messages_waiting",
                            "name": None,
                            "since": "2026-03-04T13:00:00Z",
                            "about": "Messages to the outside are not handed on: is a worker running (regua work)?",
                        }
                    ],
                }
            ]
        }
    )

    status: Literal["ok", "degraded"]
    at: Instant
    at_work: AtWorkOut
    degraded: list[DegradedOut]
