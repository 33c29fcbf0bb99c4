"""Where a customer stands: what one decision writes for the next, and the channels report in between."""

BANDS: tuple[str, ...] = (
    "risk_band",
    "self_cure_band",
    "contactability_band",
    "ability_band",
    "willingness_band",
    "pre_due_band",
)
"""Bands whose last grade is remembered, so that nobody flaps between two journeys."""

NUMBERS: tuple[str, ...] = (
    "journey_version",
    "journey_day",
    "step_last",
    "step_channels_tried",
    "stepped_on",
    "left_on",
    "return_version",
    "return_entered_on",
    "return_step_last",
    "decided_on",
    "last_contact_state",
    "hours_since_last_contact",
)
TEXTS: tuple[str, ...] = (
    "journey",
    "last_journey_exit",
    "return_journey",
    "last_channel",
    "last_topic",
    "last_offer",
    *(f"{band}_before" for band in BANDS),
)
