"""Read YAML as it is written: text stays text, a key stands once, and every error knows its line.

PyYAML's ``safe_load`` turns ``22:00`` into 1320 and ``NO`` into False and lets the last of two equal keys win; the
base loader leaves all scalars as text and the grammar decides what they mean.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from regua.errors import BookError, Place

LARGEST_FILE_CHARS = 200_000
DEEPEST_NESTING = 20
_SHALLOW = 2_000
"""Brackets, and two levels a column, that the parser follows without exhausting anything."""

# libyaml where PyYAML was built with it: eight times as fast, with the same base rules.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its content, and where each value stands."""

    file: str
    data: Any
    places: Mapping[Path, Place]

    def place(self, *path: str | int) -> Place:
        """Return where a value stands, or the nearest value around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(self.file, line=1, column=1)


def read(text: str, file: str) -> Document:
    """Read one YAML document strictly.

    Parameters
    ----------
    text
        The YAML source.
    file
        Its name, for messages.

    Raises
    ------
    BookError
        Not YAML, two equal keys, an anchor, or larger than a journey ever is; with line and column.

    Examples
    --------
    >>> read("opens: 22:00", "hours.yaml").data
    {'opens': '22:00'}
    """
    if len(text) > LARGEST_FILE_CHARS:
        raise BookError(
            f"{len(text)} characters", expected=f"at most {LARGEST_FILE_CHARS}", place=Place(file), remedy="split it"
        )
    try:
        _refuse_knots(text, file)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise BookError(
            f"not YAML: {problem.problem or problem.context}", expected="YAML", place=_at(file, mark)
        ) from problem
    except (yaml.YAMLError, UnicodeError) as problem:
        raise BookError(f"not YAML: {str(problem).splitlines()[0]}", expected="YAML", place=Place(file)) from problem
    places: dict[Path, Place] = {}
    return Document(file, {} if root is None else _value(root, (), file, places), places)


def understand(document: Document, model: type[Model]) -> Model:
    """Check a document against its grammar.

    Raises
    ------
    BookError
        The first thing the grammar refuses, in words, with line and column and the nearest known word.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as problem:
        # A misspelt key is also a missing one: the misspelling is what helps.
        first = min(problem.errors(), key=lambda error: error["type"] != "extra_forbidden")
        # Pydantic adds the name of a union's branch to the path; the document knows only what is written.
        path = tuple(part for part in first["loc"] if isinstance(part, int) or not part.endswith("]"))
        place = document.place(*path)
        name = ".".join(str(part) for part in path) or "the file"
        if first["type"] == "extra_forbidden":
            key = str(path[-1])
            raise unknown("key", key, sorted(words_of(model)), place) from problem
        if first["type"] == "missing":
            raise BookError(f"{name} is missing", expected=f"a value for {path[-1]}", place=place) from problem
        message = first["msg"].removeprefix("Value error, ")
        found = first["input"] if isinstance(first["input"], str | int) else "this"
        raise BookError(f"{name}: {found!r}", expected=message[:1].lower() + message[1:], place=place) from problem


def unknown(kind: str, word: str, known: Iterable[str], place: Place) -> BookError:
    """Make the error for a word nobody knows, with the nearest one that is known."""
    names = list(known)
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return BookError(
        f"unknown {kind} {word!r}",
        expected=f"one of {listed}" if names else f"a known {kind}",
        remedy=f"did you mean {near[0]!r}?" if near else None,
        place=place,
    )


def words_of(model: type[BaseModel]) -> set[str]:
    """Collect every key a grammar knows, at any depth."""
    words: set[str] = set()
    waiting: list[Any] = [model]
    seen: set[Any] = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind in seen:
                continue
            seen.add(kind)
            for name, field in kind.model_fields.items():
                words.add(field.alias or name)
                waiting.append(field.annotation)
        else:
            waiting.extend(get_args(kind))
    return words


def _refuse_knots(text: str, file: str) -> None:
    """Refuse anchors, which a reader cannot follow, and nesting that would exhaust the parser, before it composes."""
    brackets, widest = text.count("[") + text.count("{"), max(map(len, text.splitlines()), default=0)
    if "&" not in text and "*" not in text and brackets + 2 * widest <= _SHALLOW:
        return  # no anchor can be there, and no nesting that a parser minds: what is too deep is found as it is read
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        place = _at(file, event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BookError("an anchor or alias", expected="every value written out", place=place)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST_NESTING:
            raise _too_deep(place)


def _too_deep(place: Place) -> BookError:
    return BookError("nested too deep", expected=f"at most {DEEPEST_NESTING} levels", place=place)


def _value(node: yaml.Node, path: Path, file: str, places: dict[Path, Place]) -> Any:
    places[path] = _at(file, node.start_mark)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if len(path) >= DEEPEST_NESTING:
        raise _too_deep(places[path])
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, index), file, places) for index, child in enumerate(node.value)]
    entries: dict[str, Any] = {}
    for key_node, child in node.value:
        key, place = key_node.value, _at(file, key_node.start_mark)
        if not isinstance(key, str):
            raise BookError("a key that is not a word", expected="key: value", place=place)
        if key in entries:
            first = places[(*path, key)]
            raise BookError(
                f"{key!r} stands here a second time", expected=f"one {key!r}, see line {first.line}", place=place
            )
        entries[key] = _value(child, (*path, key), file, places)
        if isinstance(child, yaml.ScalarNode) is False or not child.value:
            places[(*path, key)] = place
        places[(*path, key, "<key>")] = place
    return entries


def _at(file: str, mark: Any) -> Place:
    return Place(file) if mark is None else Place(file, line=mark.line + 1, column=mark.column + 1)
