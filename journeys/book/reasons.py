"""Reasons: stable codes, one bit each, and their words in both languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import RootModel

from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Words
from regua.errors import BookError


class Code(StrEnum):
    """Why a decision is what it is. The order is the bit order and the order of telling; append only."""

    NO_PROFILE = "no_profile"
    NOT_IN_ARREARS = "not_in_arrears"
    NO_JOURNEY = "no_journey"
    JOURNEY_ENTERED = "journey_entered"
    JOURNEY_INTERRUPTED = "journey_interrupted"
    JOURNEY_KEPT = "journey_kept"
    JOURNEY_LEFT = "journey_left"
    STEP_DUE = "step_due"
    STEP_SKIPPED = "step_skipped"
    STEP_UNREACHABLE = "step_unreachable"
    LADDER_NEXT = "ladder_next"
    WAITING_FOR_DAY = "waiting_for_day"
    WAITING_FOR_READ = "waiting_for_read"
    JOURNEY_FINISHED = "journey_finished"
    BLOCKED_HOURS = "blocked_hours"
    BLOCKED_FREQUENCY = "blocked_frequency"
    BLOCKED_CONSENT = "blocked_consent"
    BLOCKED_HOLDS = "blocked_holds"
    BLOCKED_SUSPECT_INVOICE = "blocked_suspect_invoice"
    BLOCKED_CONTACT_POINT = "blocked_contact_point"
    BLOCKED_PROFILE_KNOWN = "blocked_profile_known"
    NO_SCORE = "no_score"
    BEST_VALUE = "best_value"
    NOTHING_WORTH_MORE = "nothing_worth_more"
    SERVICE_MESSAGE = "service_message"
    EXPLORED = "explored"
    STEP_TAKEN_TODAY = "step_taken_today"
    NOTHING_BILLED = "nothing_billed"


CODES: tuple[Code, ...] = tuple(Code)
BIT: dict[Code, int] = {code: 1 << position for position, code in enumerate(CODES)}


PLACEHOLDERS: Mapping[str, str] = {
    "journey": "journey",
    "steps": "journey",
    "exit": "exit_at",
    "day": "journey_day",
    "step": "step",
    "action": "action",
    "value": "value_cents",
}
"""What a sentence may fill in, and what of a decision it depends on."""


class ReasonsFile(RootModel[dict[str, Words]]):
    """A sentence in both languages for each code."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Sentences by code, with placeholders that a decision fills in."""

    words: Mapping[Code, Mapping[str, str]]
    placeholders: Mapping[Code, tuple[str, ...]]


def compile_reasons(document: Document) -> Reasons:
    """Compile the sentences; every code has one and no other exists.

    Raises
    ------
    BookError
        A code without words, or words without a code.
    """
    written = understand(document, ReasonsFile).root
    for name in written:
        if name not in set(CODES):
            raise unknown("reason", name, CODES, document.place(name, "<key>"))
    silent = [code for code in CODES if code not in written]
    if silent:
        place = document.place()
        raise BookError(f"no words for {', '.join(silent)}", expected="a sentence for every code", place=place)
    placeholders: dict[Code, tuple[str, ...]] = {}
    for code in CODES:
        used: set[str] = set()
        for language, text in written[code].both().items():
            names = re.findall(r"\{([^}]*)\}", text)
            used.update(names)
            for name in names:
                if name not in PLACEHOLDERS:
                    raise unknown("placeholder", name, PLACEHOLDERS, document.place(code, language))
        placeholders[code] = tuple(sorted(used))
    return Reasons({code: written[code].both() for code in CODES}, placeholders)
