"""Does a model serve protected groups alike? Read here alone, reported and gated, and never predicted from."""

from dataclasses import dataclass

from features import sources
from regua.settings import Settings


@dataclass(frozen=True, slots=True)
class People:
    """Sex and year of birth by customer, where they are known; no model ever sees them."""

    sex: dict[str, str]
    birth_year: dict[str, int]


def people(settings: Settings) -> People:
    """Read the protected attributes of everybody in the book."""
    with sources.open_tables(settings) as connection:
        rows = connection.sql("SELECT customer_id, sex, birth_year FROM customers").fetchall()
    return People(
        {str(who): str(sex) for who, sex, _ in rows if sex is not None},
        {str(who): int(year) for who, _, year in rows if year is not None},
    )
