"""When a figure is worth a person's time: the thresholds of the watch, read from a file a data scientist may change."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from regua.errors import DataError, Place

DEFAULT = Path(__file__).with_name("thresholds.yaml")


class Thresholds(BaseModel):
    """What raises an alarm; see ``thresholds.yaml`` for the meaning and origin of each figure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shift_watch: float = Field(gt=0, lt=10)
    shift_act: float = Field(gt=0, lt=10)
    calibration_error: float = Field(gt=0, lt=1)
    discrimination_loss: float = Field(gt=0, lt=0.5)
    guardrail_ratio: float = Field(gt=1, le=1_000)
    least_cases: int = Field(ge=20)
    least_positives: int = Field(ge=5)


def read(path: Path = DEFAULT) -> Thresholds:
    """Read thresholds.

    Raises
    ------
    DataError
        The file is missing, is no YAML, lacks a figure, has one nobody knows or one out of range.
    """
    try:
        return Thresholds.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as problem:
        raise DataError(f"no thresholds at {path}", expected=f"a YAML file such as {DEFAULT.name}") from problem
    except yaml.YAMLError as problem:
        raise DataError(f"no YAML: {problem}", expected=f"figures as in {DEFAULT.name}", place=Place(path)) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DataError(
            f"{where}: {first['input']!r}",
            expected=first["msg"].lower(),
            remedy=f"compare {DEFAULT.name}",
            place=Place(path),
        ) from problem
