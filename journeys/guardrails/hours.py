"""Nobody is contacted outside the permitted hours and days of where they live."""

from datetime import datetime

from journeys.rulebook.hours import NEVER
from journeys.rulebook.policies import Policy
from regua.columns import Columns, Flags, text

BIT = 1 << 0
LASTING = False
SOURCE = "Lei estadual 15.426/2014 (SP) and the policy of each state (BR-DEFAULT where one is silent)"
WORDS = {"pt-BR": "Hoje não resta horário permitido.", "en": "No permitted hour is left today."}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:
    """Stop a channel for which the business day has no permitted instant left.

    Parameters
    ----------
    columns
        ``region`` (text), or ``region_code`` where a stage has numbered it already.
    policy
        Windows of local time; a region that spans several zones, or is unknown, must be within all of them.
    moment
        The instant of the decision.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = columns.get("region_code")
    if codes is None:
        codes = policy.hours.codes(text(columns, "region"))
    closed: Flags = policy.hours.first_permitted(codes, moment) == NEVER
    return closed
