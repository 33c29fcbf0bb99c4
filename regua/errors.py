"""One tree of errors: each says what was found, what was expected and what to do.

::

    ReguaError
    ├── SettingsError      the environment or a settings value is unusable
    ├── DataError          a table, a file or a row is not what it claims to be
    │   ├── MappingError   an ingest mapping is wrong
    │   └── SchemaError    columns differ from what a table or a bundle needs
    ├── PredicateError     a condition cannot be read; carries line and column
    ├── BookError          a journey, policy or segment file is wrong
    ├── BundleError        a release bundle is missing, altered or does not fit
    ├── NotFoundError      nothing is stored under this identifier
    │   └── ErasedError    it was, and what it held was erased
    ├── UnavailableError   something the answer needs cannot be reached now
    └── RequestError       a caller sent something the service cannot take
        ├── UnreadableError    it is not the JSON it claims to be
        ├── UnsafeError        it is JSON that two readers would read as two things
        ├── PersonalDataError  it says who somebody is, and nobody here may know
        ├── UnauthenticatedError   nobody we know, or a key that no longer counts
        ├── ForbiddenError     somebody we know, who may not do this
        ├── LimitedError       somebody we know, who asks too often
        ├── TooLargeError      it is more than one request may carry
        └── ConflictError      the same identifier came with another content

A guardrail that stops a contact is not an error; it is an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found: a file, and when known its row, line and column (all from 1)."""

    file: Path | str | None = None
    row: int | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [str(self.file)] if self.file is not None else []
        if self.line is not None:
            parts.append(f"{self.line}:{self.column}" if self.column is not None else str(self.line))
        if self.row is not None:
            parts.append(f"row {self.row}")
        return ":".join(parts[:2]) + (f" {parts[2]}" if len(parts) > 2 else "")


class ReguaError(Exception):
    """Something a person can mend, told in three sentences.

    Parameters
    ----------
    found
        What was found, in the reader's words.
    expected
        What belongs there instead.
    remedy
        What to do next; a command where there is one.
    place
        Where it was found.
    param
        Where in a request it was found: a JSON pointer (RFC 6901) such as ``/customer_ids/0``.

    Examples
    --------
    >>> print(ReguaError("no file at book.csv", expected="a CSV or Parquet file", remedy="check the path"))
    no file at book.csv
      expected: a CSV or Parquet file
      try: check the path
    """

    code = "error"
    status = 500
    exit_code = 1

    def __init__(
        self,
        found: str,
        *,
        expected: str | None = None,
        remedy: str | None = None,
        place: Place | None = None,
        param: str | None = None,
    ) -> None:
        self.found, self.expected, self.remedy, self.place, self.param = found, expected, remedy, place, param
        super().__init__(found)

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.found}" if self.place and str(self.place) else self.found]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.remedy:
            lines.append(f"  try: {self.remedy}")
        return "\n".join(lines)


class SettingsError(ReguaError):
    """The environment or a settings value is unusable."""

    code, exit_code = "settings", 2


class DataError(ReguaError):
    """A table, a file or a row is not what it claims to be."""

    code, status = "data", 422


class MappingError(DataError):
    """An ingest mapping is wrong."""

    code, exit_code = "mapping", 2


class SchemaError(DataError):
    """Columns differ from what a table or a bundle needs."""

    code = "schema"


class PredicateError(ReguaError):
    """A condition cannot be read; the place carries line and column."""

    code, status = "predicate", 422


class BookError(ReguaError):
    """A journey, policy or segment file is wrong."""

    code = "book"


class BundleError(ReguaError):
    """A release bundle is missing, altered or does not fit this version."""

    code, status = "bundle", 503


class NotFoundError(ReguaError):
    """Nothing is stored under this identifier."""

    code, status = "not_found", 404


class RequestError(ReguaError):
    """A caller sent something the service cannot take."""

    code, status = "request", 422


class UnreadableError(RequestError):
    """A request is not the JSON it claims to be."""

    code, status = "unreadable", 400


class UnsafeError(RequestError):
    """A request is JSON that two readers would read as two things: NaN, a key given twice, half a character."""

    code, status = "unsafe_json", 422


class PersonalDataError(RequestError):
    """A request holds what says who somebody is, which Regua does not need."""

    code, status = "personal_data", 422


class ErasedError(NotFoundError):
    """It was here, and was erased with the key of the person it was about."""

    code, status = "erased", 410


class UnauthenticatedError(RequestError):
    """Nobody we know called, or with a key or token that does not count here and now."""

    code, status = "unauthenticated", 401
    headers: Mapping[str, str] = {}


class ForbiddenError(RequestError):
    """Somebody we know called, whose roles do not allow this."""

    code, status = "forbidden", 403


class LimitedError(RequestError):
    """Somebody we know asks too often; the same request may succeed after a while, which ``headers`` tell."""

    code, status = "limited", 429

    def __init__(self, found: str, *, expected: str, remedy: str, headers: Mapping[str, str]) -> None:
        self.headers = dict(headers)
        super().__init__(found, expected=expected, remedy=remedy)


class TooLargeError(RequestError):
    """A request is more than one request may carry."""

    code, status = "too_large", 413


class ConflictError(RequestError):
    """The same identifier came with another content."""

    code, status = "conflict", 409


class UnavailableError(ReguaError):
    """Something the answer needs cannot be reached now; the same request may succeed later."""

    code, status, exit_code = "unavailable", 503, 3
