"""The names of the profile: what each feature means, how sensitive it is and how old it may get.

The entries stand in ``windows/<view>.yaml``, beside the SQL that computes them. A name with ``{channel}`` stands for
each channel. Protected attributes (sex, year of birth) have no entry, and so reach no model and no journey.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regua.columns import Array
from regua.errors import DataError, Place
from regua.records import canonical, digest
from regua.vocabulary import CHANNELS, Band, CustomerKind, Product

Kind = Literal["number", "flag", "cents", "text"]
Sensitivity = Literal["none", "behavioural", "financial", "protected"]

WINDOWS = Path(__file__).parent / "windows"
FIELDS_FILE = Path(__file__).parents[1] / "regua" / "fields.yaml"

# fmt: off
REGIONS: tuple[str, ...] = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)
# fmt: on
"""The states of Brazil and the federal district, as ``region`` names them."""

_CLOSED: dict[str, tuple[str, ...]] = {
    "Product": tuple(Product),
    "CustomerKind": tuple(CustomerKind),
    "Band": tuple(Band),
    "Region": REGIONS,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One fact about a contract or a customer, as of a moment.

    Parameters
    ----------
    name
        Its column, unit last.
    view
        The feature view that computes it.
    kind
        ``number``, ``flag`` (0 or 1), ``cents`` (whole) or ``text``; NULL is always possible.
    unit
        What one of it is.
    meaning
        One line by language, ``pt-BR`` and ``en``.
    sensitivity
        ``none``, ``behavioural`` or ``financial``; ``protected`` is refused.
    rule
        What it may know at a moment.
    limit_days
        Days after its snapshot from which it counts as missing.
    predicts
        Whether a model may take it.
    values
        The closed words of a text, empty where it is open.
    template
        The name as the entry has it, with ``{channel}`` where there is one such feature a channel.
    """

    name: str
    view: str
    kind: Kind
    unit: str
    meaning: Mapping[str, str]
    sensitivity: Sensitivity
    rule: str
    limit_days: float
    predicts: bool
    values: tuple[str, ...] = ()
    template: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A feature view: the entity it describes and its features, in column order."""

    name: str
    entity: Literal["contract", "customer"]
    features: tuple[Feature, ...]

    @property
    def key(self) -> str:
        """Return the column that names the entity."""
        return f"{self.entity}_id"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    unit: str
    pt: str = Field(alias="pt-BR")
    en: str
    sensitivity: Literal["none", "behavioural", "financial"] | None = None
    limit_days: float | None = Field(None, gt=0)
    predicts: bool = True
    values: Literal["Product", "CustomerKind", "Band", "Region"] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    view: str
    entity: Literal["contract", "customer"]
    rule: str
    limit_days: float = Field(gt=0)
    sensitivity: Literal["none", "behavioural", "financial"]
    features: dict[str, _Entry]


def read(path: Path) -> View:
    """Read one view's entries.

    Raises
    ------
    DataError
        The file says something the catalogue does not know; a protected attribute is refused here.
    """
    try:
        file = _File.model_validate(yaml.load(path.read_text("utf-8"), yaml.CBaseLoader))  # noqa: S506 - strings only
    except ValidationError as problem:
        first = problem.errors()[0]
        raise DataError(
            f"{'.'.join(map(str, first['loc']))}: {first['input']!r}",
            expected=first["msg"].lower(),
            remedy="correct the entry; windows/contract_arrears.yaml shows every field",
            place=Place(path),
        ) from problem
    return View(file.view, file.entity, tuple(_features(file)))


def _features(file: _File) -> Iterator[Feature]:
    for template, entry in file.features.items():
        for channel in CHANNELS if "{channel}" in template else (None,):
            spoken = (channel or "").replace("_", " ")
            yield Feature(
                name=template.format(channel=channel),
                view=file.view,
                kind=entry.kind,
                unit=entry.unit,
                meaning={"pt-BR": entry.pt.format(channel=spoken), "en": entry.en.format(channel=spoken)},
                sensitivity=entry.sensitivity or file.sensitivity,
                rule=file.rule,
                limit_days=entry.limit_days or file.limit_days,
                predicts=entry.predicts,
                values=_CLOSED[entry.values] if entry.values else (),
                template=template,
            )


VIEW_NAMES = ("contract_arrears", "contract_payments", "customer_contacts", "customer_promises", "customer_context")
VIEWS: Mapping[str, View] = {name: read(WINDOWS / f"{name}.yaml") for name in VIEW_NAMES}
FEATURES: tuple[Feature, ...] = tuple(feature for view in VIEWS.values() for feature in view.features)
COLUMNS: tuple[str, ...] = ("customer_id", "contract_id", *(feature.name for feature in FEATURES))
"""The columns of a profile row, in order."""
CONTRACT_VIEWS = tuple(view for view in VIEWS.values() if view.entity == "contract")
CUSTOMER_VIEWS = tuple(view for view in VIEWS.values() if view.entity == "customer")
TEXTS: tuple[str, ...] = tuple(feature.name for feature in FEATURES if feature.kind == "text")
NUMBERS: tuple[str, ...] = tuple(feature.name for feature in FEATURES if feature.kind != "text")


@cache
def by_name() -> Mapping[str, Feature]:
    """Return the features by name."""
    return {feature.name: feature for feature in FEATURES}


def predictors(*entities: str) -> tuple[str, ...]:
    """Name the features a model may take, of the given entities or of all.

    Examples
    --------
    >>> "hold_bits" in predictors() or "lead_contract_id" in predictors("customer")
    False
    """
    return tuple(f.name for f in FEATURES if f.predicts and (not entities or VIEWS[f.view].entity in entities))


def predicate_fields() -> dict[str, dict[str, Any]]:
    """Name what a condition may speak of: ``{name: {kind, values?}}``; ``{channel}`` stands for every channel.

    A cents feature appears as money without ``_cents``: a strategist writes ``balance_overdue >= 20.00``.

    Examples
    --------
    >>> predicate_fields()["balance_overdue"], predicate_fields()["kind"]
    ({'kind': 'money'}, {'kind': 'text', 'values': ['person', 'company']})
    """
    fields: dict[str, dict[str, Any]] = {}
    for feature in FEATURES:
        if feature.kind == "cents":
            fields[feature.template.removesuffix("_cents")] = {"kind": "money"}
        else:
            values = {"values": [str(word) for word in feature.values]} if feature.values else {}
            fields[feature.template] = {"kind": feature.kind, **values}
    return fields


def fields_text() -> str:
    """Write :func:`predicate_fields` as the YAML that rooms read which may not import this one."""
    lines = ["# Fields of the profile that conditions may name. Written by features.catalog.write_fields; do not edit."]
    for name, field in predicate_fields().items():
        values = f", values: [{', '.join(repr(word) for word in field['values'])}]" if "values" in field else ""
        lines.append(f"{name}: {{kind: {field['kind']}{values}}}")
    return "\n".join(lines) + "\n"


def write_fields(path: Path = FIELDS_FILE) -> None:
    """Write the fields file anew; a test holds it equal to the catalogue."""
    path.write_text(fields_text(), "utf-8")


@cache
def catalog_digest() -> str:
    """Name the catalogue by its content: what a release bundle was trained against.

    Channels do not count: a release trained before a channel was added reads the same facts as before, and stands.
    """
    entries = {f.template: [f.view, f.kind, f.unit, f.limit_days, f.predicts, list(f.values)] for f in FEATURES}
    return digest(canonical(list(entries.items())))


def stale(name: str, age_days: Array) -> Array:
    """Say where a value of this age counts as missing: its age passes the feature's own limit."""
    return age_days > by_name()[name].limit_days
