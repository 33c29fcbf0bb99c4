"""What a search has tried, in memory and as lines of a file: nothing waits for a database, a killed search goes on.

Optuna's own databases commit every look at every trial, which costs more than the learning of a small trial. A training
is alone in its home, so no other process writes here; a last line that was cut short is taken not to have been written.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from optuna.storages.journal import BaseJournalBackend


class Journal(BaseJournalBackend):  # type: ignore[misc]
    """Optuna's journal, in memory and in a file.

    Parameters
    ----------
    path
        The file, made with its first line; what stands there already is gone on from.
    """

    def __init__(self, path: Path) -> None:
        whole, _, _ = path.read_bytes().rpartition(b"\n") if path.is_file() else (b"", b"", b"")
        self._logs: list[dict[str, Any]] = [orjson.loads(line) for line in whole.splitlines()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in self._logs))
        self._path = path

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """Return the lines from a number on."""
        return self._logs[log_number_from:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write lines."""
        with self._path.open("ab") as file:
            file.write(b"".join(orjson.dumps(one) + b"\n" for one in logs))
        self._logs.extend(logs)
