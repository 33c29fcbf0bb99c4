"""Books, journeys, rules and releases over the wire."""

from typing import Any, Literal

from pydantic import BaseModel

from regua.written_time import Instant
from serving.api.anatomy import InPath, spelled
from serving.api.cursors import PageOut
from serving.changes.asked import DIGEST, FILES_SHOWN, RELEASE, Files, example, strict_example
from serving.happenings.reported import Identifier

BOOK_DIGEST = InPath(spelled(DIGEST), "ad" * 32, "The digest of a book, as decisions carry it.")
RELEASE_ID = InPath(spelled(RELEASE), "d4a8604e426b1258", "The identifier of a release.")

_FINDING: dict[str, Any] = {
    "code": "R012",
    "severity": "error",
    "place": "catalog/early/early_digital.yaml:4:1",
    "found": "early_digital has changed, and its version 2 was taken",
    "expected": "a new version for a new content: customers may be inside the old one",
    "remedy": "write version: 3",
    "witness": None,
    "customer": {},
}


class FindingOut(BaseModel):
    """Something a check found, with a customer it would happen to where it concerns one."""

    code: str
    severity: Literal["error", "warning", "hint"]
    place: str
    found: str
    expected: str | None
    remedy: str | None
    witness: str | None
    customer: dict[str, Any]


class DraftIn(BaseModel):
    """Files of a draft, laid over the live book."""

    model_config = strict_example({"files": FILES_SHOWN})

    files: Files


class CheckedOut(BaseModel):
    """What a check of a draft found, and what it changes in words; nothing is kept of the draft."""

    model_config = example({"version": "b07c55f1" * 8, "is_sound": False, "findings": [_FINDING], "differences": []})

    version: str
    is_sound: bool
    findings: list[FindingOut]
    differences: list[dict[str, Any]]


class DifferencesOut(BaseModel):
    """What changes from one book to another, a sentence a change."""

    model_config = example(
        {
            "old": "ad9b3923" * 8,
            "new": "b07c55f1" * 8,
            "differences": [
                {
                    "subject": "journey early_digital",
                    "kind": "version",
                    "words": {"pt-BR": "versão 2 → 3; …", "en": "version 2 → 3; …"},
                }
            ],
        }
    )

    old: str
    new: str
    differences: list[dict[str, Any]]


_LIVED: dict[str, Any] = {
    "version": "b07c55f1" * 8,
    "replaced": "ad9b3923" * 8,
    "change_id": "chg_5b1d0c2f4a6e8d7b9c3a1f0e2d",
    "began_by": "Bia Lima",
    "began_at": "2026-03-04T15:00:00Z",
    "is_live": True,
}


class LivedOut(BaseModel):
    """A book that has been live: since when, by whose word and by which change request."""

    model_config = example(_LIVED)

    version: str
    replaced: str | None
    change_id: str | None
    began_by: str
    began_at: Instant
    is_live: bool


class BooksOut(PageOut[LivedOut]):
    """A page of the books that have been live, the latest first."""

    model_config = example({"results": [_LIVED], "has_more": False, "next_cursor": None})


class BookOut(BaseModel):
    """The files of a book, by their path inside it."""

    model_config = example({"version": "ad9b3923" * 8, "files": FILES_SHOWN})

    version: str
    files: dict[str, str]


class JourneyDetail(BaseModel):
    """One journey in words and as written, with the versions of it that have been live."""

    model_config = example(
        {
            "journey": "early_digital",
            "version": 2,
            "told": {"title": "Digital leve", "steps": []},
            "file": "catalog/early/early_digital.yaml",
            "source": "journey: early_digital\nversion: 2\n…",
            "versions": [{"version": 2, "digest": "0a1b2c3d" * 8, "book": "ad9b3923" * 8}],
        }
    )

    journey: str
    version: int
    told: dict[str, Any]
    file: str
    source: str
    versions: list[dict[str, Any]]


class RuleOut(BaseModel):
    """A rule of the contact policy, with its source."""

    id: str
    section: str
    effective_from: str
    until: str | None
    source: str
    status: str
    words: dict[str, str]


class PoliciesOut(BaseModel):
    """Every rule of the live book's policies, and the digest of them all."""

    model_config = example(
        {
            "policy_digest": "77aa55cc" * 8,
            "rules": [
                {
                    "id": "BR-HOURS",
                    "section": "hours",
                    "effective_from": "1990-09-11",
                    "until": None,
                    "source": "Lei 8.078/1990, art. 42",
                    "status": "law",
                    "words": {"pt-BR": "segunda a sexta 08:00–20:00", "en": "Monday to Friday 08:00–20:00"},
                }
            ],
        }
    )

    policy_digest: str
    rules: list[RuleOut]


class EvaluateIn(BaseModel):
    """A region and an instant; a local time without an offset is meant in the region's own zones."""

    model_config = strict_example({"region": "RJ", "at": "2027-02-13T21:30:00-03:00"})

    region: Identifier
    at: Instant


class EvaluatedOut(BaseModel):
    """By channel: whether a contact is permitted at that instant, and if not by which rules and until when."""

    model_config = example(
        {
            "region": "RJ",
            "zones": ["America/Sao_Paulo"],
            "holidays": [],
            "channels": [
                {
                    "channel": "call",
                    "is_allowed": False,
                    "earliest_permitted_at": "2027-02-15T11:00:00Z",
                    "rules": ["RJ-HOURS"],
                }
            ],
        }
    )

    region: str
    zones: list[str]
    holidays: list[str]
    channels: list[dict[str, Any]]


_RELEASE: dict[str, Any] = {
    "release_id": "d4a8604e426b1258",
    "trained_as_of": "2026-03-01T03:00:00+00:00",
    "models": ["channel_response_sms", "roll_risk"],
    "is_champion": True,
    "is_challenger": False,
    "problem": None,
}


class ReleaseSummary(BaseModel):
    """A release of models; `problem` says why it cannot be used, where it cannot."""

    release_id: str
    trained_as_of: str | None
    models: list[str]
    is_champion: bool
    is_challenger: bool
    problem: str | None


class ModelsOut(BaseModel):
    """The releases of this home, and who put which to work."""

    model_config = example({"at_work": "d4a8604e426b1258", "releases": [_RELEASE], "history": []})

    at_work: str
    releases: list[ReleaseSummary]
    history: list[dict[str, Any]]


class ReleaseOut(BaseModel):
    """One release: what it measures, the gates it went through, and the cards of its models."""

    model_config = example({**_RELEASE, "metrics": {"roll_risk": {"auc": 0.81}}, "gates": [], "cards": {}})

    release_id: str
    trained_as_of: str | None
    models: list[str]
    is_champion: bool
    is_challenger: bool
    problem: str | None
    metrics: dict[str, Any]
    gates: list[dict[str, Any]]
    cards: dict[str, Any]
