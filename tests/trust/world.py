"""The invented customers of the parity tests, for those who serve or decide about them here."""

import sys
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

from journeys import book

NAME = "regua_world_of_trust"


def small_world() -> ModuleType:
    """Load the module that invents customers and a small release."""
    if NAME not in sys.modules:
        spec = util.spec_from_file_location(NAME, Path(__file__).parents[1] / "parity" / "conftest.py")
        sys.modules[NAME] = util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[NAME])
    return sys.modules[NAME]


@cache
def shipped_book() -> book.Book:
    """Read the shipped book, once for a process and for those forked from it."""
    return book.load()
