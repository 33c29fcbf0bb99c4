"""What else must be done? Duties no guardrail can keep by staying silent: what is said, kept, honoured, and in time.

They reach whoever must know them: the writer of a message, the archive, the desk. ``regua policy explain`` lists them.
"""

from pydantic import Field

from journeys.language.strict import Name, Words
from journeys.rulebook.grammar import Channels, Rule


class DutyRule(Rule):
    """A duty, the channels it concerns (all, if it names none), and its number in the rule's unit."""

    asks: Name
    says: Words
    channels: Channels | None = None
    value: int | None = Field(default=None, ge=0)
