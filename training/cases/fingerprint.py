"""Has anything changed of what was known by a moment? Then, and only then, must it be computed again.

Every fact of the tables counts on the day it became known: a row on its own, a state (read, resolved, cancelled) on the
day it was entered. Facts of a day are counted and their hashes added up, which no order of rows can change; days are
combined from the first on. What arrives late therefore changes the fingerprint from its day on, and no earlier one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features import sources
from features.tables import Table
from regua.columns import Array
from regua.records import canonical, digest
from regua.settings import Settings
from training.cases.history import ALWAYS, TOLD_BY


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Digests of what was known by the end of each day (UTC) on which anything became known, in order."""

    days: Array
    digests: Sequence[str]

    def up_to(self, moment: Array) -> list[str]:
        """Return the fingerprint of what was known by each moment; its whole day counts, for safety.

        Parameters
        ----------
        moment
            ``(n,)`` instants, ``datetime64[us]``.
        """
        place = np.searchsorted(self.days, moment.astype("datetime64[D]"), side="right")
        return [self.digests[one - 1] if one else "" for one in place.tolist()]


def of(settings: Settings) -> Fingerprint:
    """Take the fingerprint of a book's whole history."""
    facts: dict[np.datetime64, list[tuple[str, int, str]]] = defaultdict(list)
    with sources.open_tables(settings) as connection:
        for table in sources.VIEWS:
            for day, count, total in connection.sql(_by_day(table)).fetchall():
                facts[np.datetime64(day, "D")].append((table.name, int(count), str(total)))
    days = sorted(facts)
    digests, before = [], ""
    for day in days:
        before = digest(canonical([before, str(day), sorted(facts[day])]))
        digests.append(before)
    return Fingerprint(np.array(days, "datetime64[D]"), digests)


def _by_day(table: Table) -> str:
    names = set(table.columns)
    states = [name for name in table.columns if name.endswith("_at") and name not in ALWAYS]
    told = {word: at for word, at in TOLD_BY.items() if word in names and at in states}
    whole = [
        f"CASE WHEN {told[name]} IS NULL THEN {name} END" if name in told else f'"{name}"'
        for name in table.columns
        if name not in states
    ]
    parts = [f'SELECT known_at AS since, hash({", ".join(whole)}) AS hashed FROM "{table.name}"']
    key = ", ".join(f'"{name}"' for name in table.key)
    for state in states:
        words = "".join(f', "{word}"' for word, at in told.items() if at == state)
        parts.append(
            f"SELECT greatest(known_at, {state}), hash('{state}', {key}, {state}{words}) "
            f'FROM "{table.name}" WHERE {state} IS NOT NULL'
        )
    return (
        "SELECT since::DATE AS day, count(*), sum(hashed::HUGEINT)::VARCHAR "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY day ORDER BY day"
    )
