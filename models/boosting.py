"""LightGBM as a service needs it: its boosters alone, without the libraries it would take along.

LightGBM imports scikit-learn, pandas and Dask where they are installed, for interfaces of its own that no release is
asked through. A process that only answers starts sooner, and is smaller, without them.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

BESIDE = frozenset({"sklearn", "pandas", "dask", "distributed", "matplotlib", "graphviz", "joblib"})
"""What LightGBM uses where it is there, and does without where it is not."""


def take_up_alone() -> None:
    """Import LightGBM without what it would take along; what was imported already stays as it is.

    For processes that answer and do not learn: LightGBM's interfaces for scikit-learn and data frames are not there
    afterwards.
    """
    if "lightgbm" in sys.modules:
        return
    refusing = _Refusing()
    sys.meta_path.insert(0, refusing)
    try:
        import lightgbm  # noqa: F401 - it stays imported
    finally:
        sys.meta_path.remove(refusing)


class _Refusing:
    """Finds nothing, and says of some libraries that they are not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a library that is not needed now."""
        del path, target
        library = name.partition(".")[0]
        if library in BESIDE and library not in sys.modules:
            raise ModuleNotFoundError(f"{name} is not needed here", name=name)
        return None
