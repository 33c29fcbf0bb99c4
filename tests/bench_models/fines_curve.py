"""When does the money come? The recovery curve on fines, with those the log leaves before their year counted."""

from regua.columns import Array, Columns
from regua.settings import Settings
from tests.bench_models.contest import Say
from tests.bench_models.table import Finding


def findings(settings: Settings, columns: Columns, moment: Array, say: Say) -> list[Finding]:
    """Measure the curve out of time."""
    return []
