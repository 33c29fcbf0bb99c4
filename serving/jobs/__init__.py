"""How is a million customers decided about while nobody waits? Their list is taken in, then worked off in parts."""

from serving.jobs.files import JobFiles, Received
from serving.jobs.working import work_off

__all__ = ["JobFiles", "Received", "work_off"]
