"""A mapping's YAML file, read strictly: every value is text, no key comes twice, unknown keys are named."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from features.ingest.mapping import ColumnSource, Mapping, TableSource
from features.ingest.plan import did_you_mean
from regua.errors import MappingError, Place


class _Strict(yaml.BaseLoader):
    """``BaseLoader`` turns nothing into numbers, dates or booleans; this one also refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} comes twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from a YAML file.

    Raises
    ------
    MappingError
        No such file, not YAML, a key given twice or unknown, a value that cannot be; with line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise MappingError(
            f"the mapping {path} cannot be read: {problem}", expected="a YAML file in UTF-8", remedy="check the path"
        ) from problem
    return parse_mapping(text, path)


def parse_mapping(text: str, path: Path | None = None) -> Mapping:
    """Read a mapping from YAML text; errors carry line and column."""
    try:
        node = yaml.compose(text, _Strict)
        data = yaml.load(text, _Strict)  # noqa: S506 - BaseLoader builds text, lists and dicts only
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        place = Place(path, line=mark.line + 1, column=mark.column + 1) if mark else Place(path)
        raise MappingError(
            str(problem.problem or problem), expected="YAML with each key once", remedy="correct this line", place=place
        ) from problem
    if not isinstance(data, dict):
        raise MappingError("the mapping is empty", expected="at least `tables:`", place=Place(path))
    try:
        return Mapping.model_validate(data)
    except ValidationError as problem:
        raise _told(problem, node, path) from problem


def _told(problem: ValidationError, node: yaml.Node | None, path: Path | None) -> MappingError:
    first = problem.errors()[0]
    keys = [part for part in first["loc"] if isinstance(part, str)]
    mark = _mark(node, keys)
    place = Place(path, line=mark.line + 1, column=mark.column + 1) if mark else Place(path)
    where = ".".join(keys)
    if first["type"] == "extra_forbidden":
        allowed = sorted(_model_at(keys).model_fields)
        return MappingError(
            f"unknown key {where}{did_you_mean(keys[-1], allowed)}",
            expected=f"one of {', '.join(allowed)}",
            remedy="correct or remove it",
            place=place,
        )
    found = f"{where} is missing" if first["type"] == "missing" else f"{where} is {first['input']!r}"
    return MappingError(found, expected=first["msg"], remedy="correct this line", place=place)


def _model_at(keys: list[str]) -> type[BaseModel]:
    if len(keys) > 3 and keys[2] == "columns":
        return ColumnSource
    return TableSource if len(keys) > 1 else Mapping


def _mark(node: yaml.Node | None, keys: list[str]) -> yaml.Mark | None:
    """Find where a key stands in the file; the nearest key above it where it is not written at all."""
    mark: yaml.Mark | None = node.start_mark if node else None
    for wanted in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        for key, value in pairs:
            if key.value == wanted:
                mark, node = key.start_mark, value
                break
        else:
            break
    return mark
