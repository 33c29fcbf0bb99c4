"""The grammar as JSON Schema, so that editors complete and check a file of the book while it is written."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from journeys.book.channels import ChannelFile
from journeys.book.grammar import Journey
from journeys.book.messages import MessageFile
from journeys.book.offers_grammar import OffersFile
from journeys.book.segments import SegmentsFile
from journeys.book.tasks import TasksFile
from journeys.rulebook.files import PolicyFile

KINDS: Mapping[str, tuple[type[BaseModel], str]] = {
    "journey": (Journey, "catalog/**/*.yaml"),
    "message": (MessageFile, "messages/*.yaml"),
    "channel": (ChannelFile, "channels/*.yaml"),
    "policy": (PolicyFile, "policies/*.yaml"),
    "offers": (OffersFile, "offers.yaml"),
    "segments": (SegmentsFile, "segments.yaml"),
    "tasks": (TasksFile, "tasks.yaml"),
}
"""By kind of file: its grammar, and the files that are of it (but ``policies/zones.yaml``, a table)."""


def file_of(kind: str) -> str:
    """Return the path of the schema of a kind of file."""
    return f"schema/{kind}.schema.json"


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Regua {kind}",
        **KINDS[kind][0].model_json_schema(by_alias=True),
    }


def schema_text(kind: str) -> str:
    """Return the schema as it is kept in its file."""
    return orjson.dumps(schema(kind), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
