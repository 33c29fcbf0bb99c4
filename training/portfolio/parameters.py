"""What a parameter of the world is: a value within its range, and where it comes from."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from regua.vocabulary import Channel, OfferKind


def _unwrap(given: Any) -> Any:
    """Take the value out of ``{value, source | assumed}``, and insist on exactly one origin with words in it."""
    if not isinstance(given, dict) or "value" not in given:
        raise ValueError("each parameter is {value: ..., source: ...} or {value: ..., assumed: ...}")
    origins = [name for name in ("source", "assumed") if str(given.get(name, "")).strip()]
    unknown = sorted(set(given) - {"value", "source", "assumed"})
    if unknown or len(origins) != 1:
        raise ValueError(f"expected a value and either a source or assumed, found {sorted(given)}")
    return given["value"]


GIVEN = BeforeValidator(_unwrap)
Finite = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[Finite, GIVEN]
Positive = Annotated[Annotated[float, Field(gt=0, allow_inf_nan=False)], GIVEN]
Share = Annotated[Probability, GIVEN]
Whole = Annotated[Annotated[int, Field(ge=1)], GIVEN]
ByChannel = Annotated[dict[Channel, Finite], GIVEN]
SharesByChannel = Annotated[dict[Channel, Probability], GIVEN]
ByName = Annotated[dict[str, Finite], GIVEN]
ByKind = Annotated[dict[OfferKind, Finite], GIVEN]
SharesByKind = Annotated[dict[OfferKind, Probability], GIVEN]
SharesByName = Annotated[dict[str, Probability], GIVEN]


class Section(BaseModel):
    """A part of the world file: no key too many, none too few."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def exactly(given: dict[Any, Any], names: tuple[Any, ...]) -> dict[Any, Any]:
    """Insist that a parameter is given for exactly these names."""
    if set(given) != set(names):
        raise ValueError(f"expected {', '.join(names)}; found {', '.join(map(str, given))}")
    return given
