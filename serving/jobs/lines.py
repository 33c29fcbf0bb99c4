"""One line of a job: whom it asks about, and the line that answers it, in our words or in another system's."""

from dataclasses import dataclass

import orjson
from pydantic import BaseModel, ConfigDict

from regua.errors import ReguaError, RequestError
from serving.adapters import collection_plan
from serving.happenings.reported import Identifier
from serving.strict_json import parse, validate

OWN, COLLECTION_PLAN = "regua", "collection_plan"
SHAPES = (OWN, COLLECTION_PLAN)


class JobLine(BaseModel):
    """One customer to be decided about."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_id": "c0000001"}]})

    customer_id: Identifier


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a line asks about, and the record of another system that it came as."""

    customer_id: str
    plan: collection_plan.CollectionPlan | None = None


def read(content: bytes, shape: str) -> Asked:
    """Read whom a line asks about.

    Raises
    ------
    RequestError
        The line is not strict JSON, or does not fit its shape.
    """
    value = parse(content)
    if shape == COLLECTION_PLAN:
        plan = collection_plan.read(value)
        return Asked(plan.customer_id, plan)
    return Asked(validate(JobLine, value).customer_id)


def decided(number: int, asked: Asked, decision: bytes) -> bytes:
    """Write the answer to a line: the decision's bytes as the log has them, or an update of the record it came as."""
    head = orjson.dumps({"line": number, "customer_id": asked.customer_id, "status": "decided"})[:-1]
    if asked.plan is not None:
        record = orjson.dumps(collection_plan.written(asked.plan, orjson.loads(decision)))
        return b"".join((head, b',"record":', record, b"}\n"))
    return b"".join((head, b',"decision":', decision, b"}\n"))


def refused(number: int, customer_id: str | None, problem: ReguaError) -> bytes:
    """Write why a line has no answer."""
    why = {
        "code": problem.code,
        "found": problem.found,
        "expected": problem.expected,
        "try": problem.remedy,
        "param": problem.param if isinstance(problem, RequestError) else None,
    }
    told = {"line": number, "customer_id": customer_id, "status": "refused", "problem": why}
    return orjson.dumps(told) + b"\n"


def erased(number: int) -> bytes:
    """Write that the answer to a line was erased, with whom it was about."""
    return orjson.dumps({"line": number, "customer_id": None, "status": "erased"})
