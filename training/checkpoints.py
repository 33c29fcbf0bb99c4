"""What a training has finished stays finished: each stage's result in a folder named by all it depends on.

A folder is laid out beside its place and moved there whole, so one that is there is whole, whenever the process died. A
result is always read back from its folder, also by the run that made it: a resumed run cannot differ.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from regua import locks
from regua.errors import UnavailableError
from regua.records import canonical, digest

_ROOT = Path(__file__).parents[1]
_LIBRARIES = ("duckdb", "lightgbm", "numpy", "optuna", "polars", "pyarrow", "scikit-learn", "scipy")
_KEPT_RUNS = 2


@cache
def code(*rooms: str) -> str:
    """Name the code of some rooms, and the libraries it stands on, by their content."""
    files = [path for room in rooms for path in sorted((_ROOT / room).rglob("*")) if path.suffix in (".py", ".yaml")]
    content = [(str(path.relative_to(_ROOT)), digest(path.read_bytes())) for path in files]
    return digest(canonical([content, [(name, version(name)) for name in _LIBRARIES]]))


def key(*parts: Any) -> str:
    """Name what a result depends on: plain data, in 16 hex digits."""
    return digest(canonical(list(parts)))[:16]


class Run:
    """One training's checkpoints, ``home/learning/<run>/``.

    Parameters
    ----------
    folder
        Of all trainings.
    name
        Names this one by what it depends on.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "used").touch()

    def done(self, stage: str, key: str) -> bool:
        """Tell whether a stage is finished."""
        return self._place(stage, key).is_dir()

    def keep(self, stage: str, key: str, make: Callable[[Path], None]) -> Path:
        """Return the folder of a stage's result, making it where it is not there yet."""
        place = self._place(stage, key)
        if not place.is_dir():
            draft = place.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            make(draft)
            draft.rename(place)
        return place

    def forget_older(self) -> None:
        """Throw away all but the trainings used last."""
        runs = [path for path in self.folder.parent.glob("[0-9a-f]*") if (path / "used").exists()]
        for old in sorted(runs, key=lambda path: (path / "used").stat().st_mtime_ns)[:-_KEPT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)

    def _place(self, stage: str, key: str) -> Path:
        return self.folder / f"{stage}-{key}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep two trainings of one home apart.

    Raises
    ------
    UnavailableError
        Another process is learning here.
    """
    with ExitStack() as held:
        try:
            held.enter_context(locks.alone(folder / ".lock", waits=False))
        except BlockingIOError as problem:
            raise UnavailableError(
                f"another training is at work in {folder.parent}",
                expected="one at a time",
                remedy="wait until it is done; one that was killed holds nothing",
            ) from problem
        yield
