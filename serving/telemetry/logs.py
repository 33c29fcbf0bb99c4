"""Logs as one JSON object a line: what, when, in which request; never who owes.

Of a failure the kinds of its errors and the places in the code are told, not their messages: a message quotes what was
found, and what was found may be somebody's. What looks like a person's number or address is masked all the same.
"""

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

import orjson

from regua.errors import UnavailableError
from serving.privacy.identifying import masked
from serving.store.instants import instant

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The name of the request that is being worked on, in this task or thread."""
TOLD = "told"
"""``extra={TOLD: {...}}`` adds members to a line."""
FRAMES = 8
_SPEAKING = (UnavailableError, OSError)


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line = {
            "at": instant(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, TOLD, {}),
        }
        if request_id := REQUEST_ID.get():
            line.setdefault("request_id", request_id)
        if record.exc_info and record.exc_info[1]:
            line |= _failure(record.exc_info[1])
        return masked(orjson.dumps(line, default=str).decode())


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Write every log of this process as JSON lines, to the standard error unless told otherwise.

    Parameters
    ----------
    level
        From where on our own are written; of libraries only warnings are.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel("WARNING")
    logging.getLogger("regua").setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def _failure(problem: BaseException) -> dict[str, object]:
    errors: list[str] = []
    at: BaseException | None = problem
    while at is not None:
        # What is away or broken says nothing of a customer; any other error may quote one.
        errors.append(f"{type(at).__name__}: {at}" if isinstance(at, _SPEAKING) else type(at).__name__)
        at = at.__cause__
    frames = traceback.extract_tb(problem.__traceback__)[-FRAMES:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"errors": errors, "places": places}
