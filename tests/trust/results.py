"""What full runs found, kept beside the page: the size that was run, at which code, on which machine, in which time."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.trust.code import commit
from tests.trust.line import Line, added


@dataclass(slots=True)
class Result:
    """What the turns of one part found, at one state of the code; ``of`` says how many turns are the full size."""

    code: str
    of: int
    at: str = field(default_factory=commit)
    machine: str = field(default_factory=lambda: machine())
    turns: list[int] = field(default_factory=list)
    seconds: float = 0.0
    lines: list[Line] = field(default_factory=list)

    def add(self, turn: int, lines: Sequence[Line], seconds: float) -> None:
        """Add what another turn found."""
        self.turns, self.seconds = [*self.turns, turn], round(self.seconds + seconds, 1)
        self.lines = added([self.lines, lines])

    @property
    def missing(self) -> list[int]:
        """The turns that are still to be run."""
        return sorted(set(range(self.of)) - set(self.turns))

    @property
    def share(self) -> float:
        """How much of the full size was run."""
        return len(self.turns) / self.of

    @property
    def is_met(self) -> bool:
        """Whether every promise held."""
        return all(line.is_met for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Write down the result."""
        return asdict(self) | {"lines": [line.to_dict() for line in self.lines]}


class Results:
    """All that is kept: of each part what was found at this code, and the most that was run of earlier code."""

    def __init__(self, path: Path, codes: Mapping[str, str]) -> None:
        self._path, self.codes = path, codes
        written = json.loads(path.read_text()) if path.exists() else {}
        self._all = {part: [_read(one) for one in found] for part, found in written.items()}

    def now(self, part: str, turns: int) -> Result:
        """Return what was found at this code, nothing so far if nothing was run."""
        code = self.codes[part]
        found = next((one for one in self._all.get(part, ()) if (one.code, one.of) == (code, turns)), None)
        return found or Result(code, turns)

    def shown(self, part: str) -> list[Result]:
        """Return what there is to show of a part, that of this code first."""
        return sorted(self._all.get(part, ()), key=lambda one: one.code != self.codes[part])

    def keep(self, part: str, result: Result) -> None:
        """Keep a result, at once and whole; of earlier code only the fullest is kept, and only while it is fuller."""
        earlier = [one for one in self._all.get(part, ()) if one.code != result.code and one.share > result.share]
        self._all[part] = [result, *sorted(earlier, key=lambda one: -one.share)[:1]]
        self._write()

    def forget(self, part: str) -> None:
        """Forget what was found at this code."""
        self._all[part] = [one for one in self._all.get(part, ()) if one.code != self.codes[part]]
        self._write()

    def _write(self) -> None:
        told = {part: [one.to_dict() for one in found] for part, found in sorted(self._all.items())}
        beside = self._path.with_suffix(".part")
        beside.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        beside.replace(self._path)


def machine() -> str:
    """Describe this machine in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, {platform.system()}"


def _read(written: dict[str, Any]) -> Result:
    return Result(**written | {"lines": [Line(**line) for line in written["lines"]]})
