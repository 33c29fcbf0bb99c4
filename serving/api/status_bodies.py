"""What goes over the wire about what is degraded."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class DegradedOut(BaseModel):
    """One part that is not as it should be: which, how, and since when."""

    part: str
    code: str
    name: str | None = Field(description="Which of several, such as a webhook endpoint or a stopped channel.")
    since: AwareDatetime
    about: str


class StatusOut(BaseModel):
    """Whether anything is degraded, and what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "degraded",
                    "at": "2026-03-04T13:05:00Z",
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
    at: AwareDatetime
    degraded: list[DegradedOut]
