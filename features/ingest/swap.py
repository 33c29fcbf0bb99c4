"""A folder is built aside and put in place whole; a crash leaves the old one or the new one, never half of each."""

import shutil
from pathlib import Path


def replace_folder(new: Path, place: Path) -> None:
    """Put a finished folder in the place of another.

    Between the two renames the old folder waits beside its place, where :func:`recover` finds it.
    """
    recover(place)
    previous = _previous(place)
    shutil.rmtree(previous, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(previous)
    new.rename(place)
    shutil.rmtree(previous, ignore_errors=True)


def recover(place: Path) -> None:
    """Put the old folder back where a crash came between the two renames."""
    previous = _previous(place)
    if previous.exists() and not place.exists():
        previous.rename(place)


def _previous(place: Path) -> Path:
    return place.with_name(f".{place.name}.previous")
