"""A log of recommendations with the true chance of each: what was shown, where, to whom, and whether it was clicked.

Two policies ran side by side on a shop's front page: one at random, one by Thompson sampling (``bts``). A round is one
item at one of three positions. There is no user number; the four features of the user are hashes of unknown meaning,
and the affinities beside them, which are almost all zero, are unread.
"""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.adapters.sheet import Sheet, read_sheet
from features.tables import Table
from features.tables import columns as c
from features.tables.people import Happening
from regua.columns import Array

MAPPING = Path(__file__).with_suffix(".yaml")
SOURCE = "Open Bandit Dataset, men's campaign, small sample (Saito et al. 2020)"
AS_OF = datetime(2020, 1, 1, tzinfo=UTC)
ITEMS = 34
FACTS = ("position", "user_1", "user_2", "user_3", "user_4")
"""What was known before an item was chosen."""


class Rounds(Happening):
    """One row an item shown; the propensity of what was shown is above zero."""

    item = c.whole(0, ITEMS - 1)
    position = c.whole(1, 3)
    clicked = c.flag()
    propensity = c.number(1e-9, 1.0)
    user_1 = c.text()
    user_2 = c.text()
    user_3 = c.text()
    user_4 = c.text()


ROUNDS = Table("open_bandit_rounds", (), Rounds, ())


def read_open_bandit(file: Path) -> Sheet:
    """Read the rounds of one policy.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    return read_sheet(file, ROUNDS, MAPPING, source=SOURCE, as_of=AS_OF)


def log_columns(sheet: Sheet) -> dict[str, Array]:
    """Return the log as columns: ``item`` as a word, ``clicked``, ``propensity`` and the facts."""
    users = {name: sheet.words(name) for name in FACTS if name != "position"}
    return {
        "item": sheet.frame["item"].cast(pl.String).to_numpy().astype(object),
        **{name: sheet.numbers(name) for name in ("clicked", "propensity", "position")},
        **users,
    }
