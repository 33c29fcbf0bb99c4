"""Reasons: stable codes, one bit each, and their words in both languages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any

from pydantic import RootModel

from journeys.guardrails import REGISTER
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Words
from regua.errors import BookError
from regua.records import Reason


class Code(StrEnum):
    """Why a decision is what it is. The order is the bit order and the order of telling; append only.

    A guardrail that is not named here has its code nevertheless: ``blocked_<name>``, see :data:`BIT`.
    """

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
    STEP_OVERTAKEN = "step_overtaken"
    WAITING_FOR_ACCEPTED = "waiting_for_accepted"
    WAITING_FOR_DELIVERED = "waiting_for_delivered"
    WAITING_FOR_REPLIED = "waiting_for_replied"
    JOURNEY_RESUMED = "journey_resumed"
    JOURNEY_HANDED_OVER = "journey_handed_over"
    JOURNEY_STOPPED = "journey_stopped"
    JOURNEY_UNKNOWN = "journey_unknown"
    VERSION_MOVED = "version_moved"
    VERSION_KEPT = "version_kept"
    COOLING_DOWN = "cooling_down"
    BAND_KEPT = "band_kept"
    TASK_FOR_PEOPLE = "task_for_people"
    LEGAL_NOTICE = "legal_notice"
    OFFER_MADE = "offer_made"
    UPLIFT = "uplift"
    FEATURES_UNAVAILABLE = "features_unavailable"
    PAYMENTS_STALE = "payments_stale"
    CLOCK_UNTRUSTED = "clock_untrusted"
    POLICY_UNAVAILABLE = "policy_unavailable"


BLOCKED = {rule.BIT: f"blocked_{name}" for name, rule in REGISTER.items()}
"""The code of each guardrail, by the guardrail's own bit."""

_OTHERS = tuple(code for code in BLOCKED.values() if code not in set(Code))
CODES: tuple[str, ...] = (*(code.value for code in Code), *_OTHERS)
BIT: dict[str, int] = {
    **{code.value: 1 << position for position, code in enumerate(Code)},
    # Guardrails that came later count down from the top: each keeps its bit, whatever else is added.
    **{code: 1 << (69 - rule.bit_length()) for rule, code in BLOCKED.items() if code in _OTHERS},
}
"""The bit of each code; all fit 63."""


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
    """Sentences by code, with placeholders that a decision fills in.

    ``plain`` are those that fill in nothing, told alike in every decision; ``needs`` reads of a decision what each of
    the others depends on.
    """

    words: Mapping[str, Mapping[str, str]]
    placeholders: Mapping[str, tuple[str, ...]]
    plain: Mapping[str, Reason] = field(init=False, compare=False, repr=False)
    needs: Mapping[str, Callable[[Any], tuple[Any, ...]]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        plain = {code: Reason(code, words) for code, words in self.words.items() if not self.placeholders[code]}
        needs = {
            code: attrgetter(*(PLACEHOLDERS[name] for name in names), "reason_bits")
            for code, names in self.placeholders.items()
            if names
        }
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "needs", needs)


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
    placeholders: dict[str, tuple[str, ...]] = {}
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
