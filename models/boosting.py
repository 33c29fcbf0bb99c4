"""LightGBM as a service needs it: its boosters alone, without the libraries it would take along, and not before asked.

LightGBM imports scikit-learn, pandas and Dask where they are installed, for interfaces of its own that no release is
asked through. A process that only answers starts sooner, and is smaller, without them.
"""

import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import lightgbm

BESIDE = frozenset({"sklearn", "pandas", "dask", "distributed", "matplotlib", "graphviz", "joblib"})
"""What LightGBM uses where it is there, and does without where it is not."""
_ANSWERS_ALONE = threading.Event()


class LateBooster:
    """A booster that LightGBM reads when it is first asked something; its text was found whole before.

    Parameters
    ----------
    text
        As LightGBM wrote it.
    prove
        Refuses a booster that does not say what it said in training; asked once, before anybody else.
    """

    def __init__(self, text: str, prove: "Callable[[lightgbm.Booster], None]") -> None:
        self._text, self._prove = text, prove
        self._made: lightgbm.Booster | None = None
        self._turn = threading.Lock()

    def take_up(self) -> "lightgbm.Booster":
        """Return the booster itself.

        Raises
        ------
        BundleError
            It does not say what it said in training.
        """
        with self._turn:
            if self._made is None:
                made = read(self._text)
                self._prove(made)
                self._made = made
            return self._made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.take_up(), name)


def answer_alone() -> None:
    """Say that this process answers and does not learn: when LightGBM is needed it is taken up alone."""
    _ANSWERS_ALONE.set()


def read(text: str) -> "lightgbm.Booster":
    """Let LightGBM read a booster; it trusts the text, which must have been found whole."""
    if _ANSWERS_ALONE.is_set():
        take_up_alone()
    import lightgbm

    return lightgbm.Booster(model_str=text)


def take_up_alone() -> None:
    """Import LightGBM without what it would take along; what was imported already stays as it is.

    For processes that answer and do not learn: LightGBM's interfaces for scikit-learn and data frames are not there
    afterwards.
    """
    if "lightgbm" not in sys.modules:
        with _without(BESIDE):
            import lightgbm  # noqa: F401 - it stays imported


@contextmanager
def sparing(libraries: Collection[str]) -> Iterator[None]:
    """Let what is imported meanwhile do without libraries that it can do without, where a process only answers."""
    with _without(libraries if _ANSWERS_ALONE.is_set() else ()):
        yield


@contextmanager
def _without(libraries: Collection[str]) -> Iterator[None]:
    refusing = _Refusing(libraries)
    sys.meta_path.insert(0, refusing)
    try:
        yield
    finally:
        sys.meta_path.remove(refusing)


class _Refusing:
    """Finds nothing, and says in this thread of some libraries that they are not installed."""

    def __init__(self, libraries: Collection[str]) -> None:
        self._libraries, self._thread = libraries, threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a library that is not needed now."""
        del path, target
        library = name.partition(".")[0]
        if library in self._libraries and library not in sys.modules and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is not needed here", name=name)
        return None
