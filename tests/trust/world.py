"""The invented customers of the parity tests, for those who serve or decide about them here."""

import sys
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

import numpy as np

from journeys import book
from regua.columns import Columns, take

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


def likely_customers(prefix: str, count: int) -> Columns:
    """Make up customers like those of the small world who have something to pay and nothing that stops a contact."""
    known = small_world().customers(400)
    likely = (known["days_past_due"] > 0) & (known["hold_bits"] == 0) & (known["suspect_invoices"] == 0)
    columns = dict(take(known, np.resize(np.flatnonzero(likely), count)))
    for name in ("customer_id", "contract_id"):
        columns[name] = np.array([f"{name[0]}{prefix}{number}" for number in range(count)], dtype=object)
    columns["lead_contract_id"] = columns["contract_id"]
    return columns
