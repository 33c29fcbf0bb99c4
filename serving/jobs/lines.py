"""One line of a job: whom it asks about, and the line that answers it."""

import orjson
from pydantic import BaseModel, ConfigDict

from regua.errors import ReguaError
from serving.events import Identifier
from serving.strict_json import parse, validate


class JobLine(BaseModel):
    """One customer to be decided about."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_id": "c0000001"}]})

    customer_id: Identifier


def read(content: bytes) -> str:
    """Return the customer a line asks about.

    Raises
    ------
    RequestError
        The line is not strict JSON, or not a :class:`JobLine`.
    """
    return validate(JobLine, parse(content)).customer_id


def decided(number: int, customer_id: str, decision: bytes) -> bytes:
    """Write the answer to a line: the decision's bytes as the log has them."""
    head = orjson.dumps({"line": number, "customer_id": customer_id, "status": "decided"})
    return b"".join((head[:-1], b',"decision":', decision, b"}\n"))


def refused(number: int, customer_id: str | None, problem: ReguaError) -> bytes:
    """Write why a line has no answer."""
    why = {"code": problem.code, "found": problem.found, "expected": problem.expected, "try": problem.remedy}
    told = {"line": number, "customer_id": customer_id, "status": "refused", "problem": why}
    return orjson.dumps(told) + b"\n"
