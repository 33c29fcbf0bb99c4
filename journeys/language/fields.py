"""The fields a condition may name: the profile, the scores, the bands that segments make, and the position."""

from collections.abc import Mapping

from journeys.language.reading import Document, unknown
from regua.errors import BookError
from regua.predicates import Field, FieldKind
from regua.vocabulary import CHANNELS, NOTHING, HoldKind

FAMILIES: tuple[str, ...] = ("message", "voice", "letter")
"""The families of contact whose effect is told apart: what is written, what is spoken, what is posted."""

SCORES: tuple[str, ...] = (
    "p_roll",
    "p_self_cure",
    *(f"p_response_{name}" for name in (*CHANNELS, NOTHING)),
    "p_delay",
    "p_ability",
    "p_willing",
    "p_promise_kept",
    "p_break",
    *(f"p_reach_{name}" for name in CHANNELS),
    "best_hour_message",
    "best_hour_voice",
    *(f"uplift_{family}" for family in FAMILIES),
    *(f"p_offer_{kind}" for kind in ("due_date", "pause", "instalments", "discount")),
    "recovery_3m",
    "recovery_12m",
    "p_complaint",
)
"""Every score a model may give; NULL where none was learned, or where it is asked of others."""
POSITION: Mapping[str, FieldKind] = {
    "journey": FieldKind.TEXT,
    "journey_day": FieldKind.NUMBER,
    "step_last": FieldKind.NUMBER,
    "last_contact_state": FieldKind.NUMBER,
    "hours_since_last_contact": FieldKind.NUMBER,
    "last_journey_exit": FieldKind.TEXT,
    "days_since_left": FieldKind.NUMBER,
    "days_past_promise": FieldKind.NUMBER,
    "return_journey": FieldKind.TEXT,
    "last_channel": FieldKind.TEXT,
    "last_topic": FieldKind.TEXT,
    "last_offer": FieldKind.TEXT,
    "has_profile": FieldKind.FLAG,
}
"""What a condition may ask of the position (:mod:`journeys.language.position`); ``days_since_left`` counts from
``left_on``, ``days_past_promise`` from the promised day."""

MADE: Mapping[str, FieldKind] = {"best_reach": FieldKind.NUMBER}
"""What the kernel makes of scores: ``best_reach``, the best chance of reaching by a channel there is a point for."""

HOLDS: Mapping[str, HoldKind] = {f"hold_{kind}": kind for kind in HoldKind}
"""A flag for each kind of hold in force."""


def of_profile(document: Document) -> dict[str, Field]:
    """Read the profile's fields from their data file: ``name: {kind: number|flag|money|text, values: [...]}``.

    A name with ``{channel}`` stands for one field a channel.
    """
    fields: dict[str, Field] = {}
    if not isinstance(document.data, dict):
        raise BookError("no mapping of fields", expected="name: {kind: number}", place=document.place())
    for name, entry in document.data.items():
        kind = entry.get("kind") if isinstance(entry, dict) else None
        if kind not in set(FieldKind):
            raise unknown("kind", str(kind), sorted(FieldKind), document.place(name))
        for channel in CHANNELS if "{channel}" in name else ("",):
            own = name.replace("{channel}", channel)
            fields[own] = Field(own, FieldKind(kind), tuple(entry.get("values", ())))
    return fields


def of_kernel() -> dict[str, Field]:
    """Return what the kernel itself knows: scores, position and holds; segments and patience add their own."""
    kinds = {**dict.fromkeys(SCORES, FieldKind.NUMBER), **POSITION, **MADE, **dict.fromkeys(HOLDS, FieldKind.FLAG)}
    return {name: Field(name, kind) for name, kind in kinds.items()}
