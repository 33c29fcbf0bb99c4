"""A randomised test of two e-mails against none: who was sent which, what was known of them, and what came of it.

64,000 customers who had bought within a year were drawn into three arms of equal size: an e-mail with men's goods, one
with women's, and none. A visit, a purchase and what was spent were watched for two weeks. The file has no customer
number and no dates beyond that; a row is a customer. The band of last year's spending repeats the amount and is unread.
"""

from datetime import UTC, datetime
from pathlib import Path

from features.adapters.sheet import Sheet, read_sheet
from features.tables import Table
from features.tables import columns as c
from features.tables.people import Happening
from regua.columns import Array

MAPPING = Path(__file__).with_suffix(".yaml")
SOURCE = "MineThatData e-mail analytics challenge (Hillstrom 2008)"
AS_OF = datetime(2008, 6, 1, tzinfo=UTC)
ARMS = ("nothing", "mens", "womens")
FACTS = ("months_since_purchase", "spent_365d_cents", "bought_mens", "bought_womens", "place", "is_new", "bought_by")
"""What was known before anything was sent."""


class Customers(Happening):
    """One row a customer in the test."""

    months_since_purchase = c.whole(1, 12)
    spent_365d_cents = c.cents(least=1)
    bought_mens = c.flag()
    bought_womens = c.flag()
    place = c.word(("suburban", "urban", "rural"))
    is_new = c.flag()
    bought_by = c.word(("phone", "web", "both"))
    arm = c.word(ARMS)
    visited = c.flag()
    converted = c.flag()
    spent_cents = c.cents()


CUSTOMERS = Table("email_test_customers", (), Customers, ())


def read_email_test(file: Path) -> Sheet:
    """Read the e-mail test.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    return read_sheet(file, CUSTOMERS, MAPPING, source=SOURCE, as_of=AS_OF)


def trial_columns(sheet: Sheet) -> dict[str, Array]:
    """Return the facts, ``arm``, the outcomes ``visited``, ``converted``, ``spent_cents``, and a ``customer`` a row."""
    words = {"place", "bought_by", "arm"}
    names = (*FACTS, "arm", "visited", "converted", "spent_cents")
    columns = {name: sheet.words(name) if name in words else sheet.numbers(name) for name in names}
    return columns | {"customer": sheet.row_names()}
