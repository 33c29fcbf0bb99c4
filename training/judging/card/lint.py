"""Is a card whole? What is left empty blocks promotion."""

from collections.abc import Iterable
from pathlib import Path


def lint(folder: Path, models: Iterable[str]) -> tuple[str, ...]:  # noqa: ARG001
    """List what the cards of a release lack: a missing file, or a required field left empty.

    Parameters
    ----------
    folder
        Where the cards of a release lie.
    models
        Names of the models that must have one.
    """
    return ()
