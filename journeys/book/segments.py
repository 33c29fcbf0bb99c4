"""Segments: named bands, amounts and groups of customers, made from the profile and the scores."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Written

from journeys.language.conditions import Condition
from journeys.language.position import BANDS
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Sentence, Strict, Words
from regua.errors import BookError
from regua.predicates import Field, FieldKind


class BandFile(Strict):
    """Grades in the order they are tried; who fits none is in no band.

    ``keep`` says for a grade when somebody who had it keeps it, so that a figure near a threshold moves nobody to and
    fro; a grade without one is kept by its own condition alone.
    """

    title: Sentence
    bands: dict[Name, str] = Written(min_length=1)
    keep: dict[Name, str] = Written(default_factory=dict)


class AmountFile(Strict):
    """An amount of money: one field of money times a probability."""

    title: Sentence
    of: str
    times: str


class GroupFile(Strict):
    """A named condition, to be used as a flag."""

    title: Sentence
    where: str


class SegmentsFile(Strict):
    """All segments."""

    amounts: dict[Name, AmountFile] = Written(default_factory=dict)
    bands: dict[Name, BandFile] = Written(default_factory=dict)
    groups: dict[Name, GroupFile] = Written(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amount:
    """``column = of × times``, in whole cents."""

    column: str
    title: Words
    of: str
    times: str


@dataclass(frozen=True, slots=True)
class Band:
    """Labels and their conditions, first match wins; ``labels`` ends with ``None`` for no match.

    ``keeps`` has for each grade the condition under which who had it, by the column ``before``, keeps it.
    """

    column: str
    title: Words
    conditions: tuple[Condition, ...]
    keeps: tuple[Condition | None, ...]
    labels: NDArray[np.object_]

    @property
    def before(self) -> str:
        """The column that tells the grade of the last decision."""
        return f"{self.column}_before"

    @property
    def reads(self) -> frozenset[str]:
        """Every column the band reads."""
        kept = [condition for condition in self.keeps if condition is not None]
        before = {self.before} if kept else set()
        return frozenset(before).union(*(condition.columns for condition in (*self.conditions, *kept)))


@dataclass(frozen=True, slots=True)
class Group:
    """A flag: 1 where the condition is true, 0 elsewhere."""

    column: str
    title: Words
    condition: Condition


@dataclass(frozen=True, slots=True)
class Segments:
    """Every segment, in the order it is computed; ``columns`` are those segments make, ``texts`` those of bands."""

    amounts: tuple[Amount, ...]
    bands: tuple[Band, ...]
    groups: tuple[Group, ...]
    columns: tuple[str, ...] = field(init=False)
    texts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        columns = (one.column for segments in (self.amounts, self.bands, self.groups) for one in segments)
        object.__setattr__(self, "columns", tuple(columns))
        object.__setattr__(self, "texts", tuple(one.column for one in self.bands))


def compile_segments(document: Document, fields: dict[str, Field]) -> Segments:
    """Compile the segments, and add each to the fields that later conditions may name.

    Raises
    ------
    BookError, PredicateError
        A name that is taken, an unknown field, a condition that cannot be read.
    """
    written = understand(document, SegmentsFile)
    amounts = tuple(_amount(name, entry, document, fields) for name, entry in written.amounts.items())
    bands = []
    for name, band in written.bands.items():
        _refuse_taken(name, fields, document, "bands")
        bands.append(_band(name, band, document, fields))
        _add(Field(name, FieldKind.TEXT, tuple(band.bands)), fields, document, "bands")
    groups = []
    for name, group in written.groups.items():
        condition = Condition.read(group.where, fields, document.place("groups", name, "where"))
        groups.append(Group(name, group.title, condition))
        _add(Field(name, FieldKind.FLAG), fields, document, "groups")
    return Segments(amounts, tuple(bands), tuple(groups))


def _band(name: str, written: BandFile, document: Document, fields: dict[str, Field]) -> Band:
    if written.keep and name not in BANDS:
        raise BookError(
            f"keep in {name}, whose grade nobody remembers",
            expected=f"keep in one of {', '.join(BANDS)}",
            place=document.place("bands", name, "keep"),
        )
    stray = next((label for label in written.keep if label not in written.bands), None)
    if stray is not None:
        raise unknown(f"grade of {name}", stray, written.bands, document.place("bands", name, "keep", stray, "<key>"))
    conditions, keeps = [], []
    for label, text in written.bands.items():
        conditions.append(Condition.read(text, fields, document.place("bands", name, "bands", label)))
        kept = written.keep.get(label)
        place = document.place("bands", name, "keep", label)
        keeps.append(None if kept is None else Condition.read(kept, fields, place))
    return Band(name, written.title, tuple(conditions), tuple(keeps), np.array([*written.bands, None], dtype=object))


def _amount(name: str, entry: AmountFile, document: Document, fields: dict[str, Field]) -> Amount:
    for key, word, kind in (("of", entry.of, FieldKind.MONEY), ("times", entry.times, FieldKind.NUMBER)):
        if word not in fields or fields[word].kind is not kind:
            known = [field.name for field in fields.values() if field.kind is kind]
            raise unknown(f"field of {kind}", word, known, document.place("amounts", name, key))
    amount = Amount(f"{name}_cents", entry.title, fields[entry.of].column, fields[entry.times].column)
    _add(Field(name, FieldKind.MONEY), fields, document, "amounts")
    return amount


def _add(field: Field, fields: dict[str, Field], document: Document, section: str) -> None:
    _refuse_taken(field.name, fields, document, section)
    fields[field.name] = field


def _refuse_taken(name: str, fields: dict[str, Field], document: Document, section: str) -> None:
    if name in fields:
        place = document.place(section, name)
        raise BookError(f"{name} is already a field", expected="a name of its own", place=place)
