"""The grammar as JSON Schema, so that editors complete and check a journey while it is written."""

from typing import Any

import orjson

from journeys.book.grammar import Journey

FILE = "schema/journey.schema.json"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a journey file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Regua journey",
        **Journey.model_json_schema(by_alias=True),
    }


def schema_text() -> str:
    """Return the schema as it is kept in ``schema/journey.schema.json``."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
