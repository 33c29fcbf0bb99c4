"""May this contact be made, now, and by whom? Leave is issued with the decision, once a slot, and claimed once."""

from serving.permits.issuing import Leave, leaves
from serving.permits.modes import How, Mode

__all__ = ["How", "Leave", "Mode", "leaves"]
