"""What changes from one book to another, in words: what a strategist reads before anything goes live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.language.conditions import Condition
from journeys.language.reading import read
from journeys.telling.step_changes import NONE, said, step_changes
from regua.predicates import in_words

RULE_SECTIONS = "policies/"
FIELDS_FILE = "fields.yaml"

_SAID: Mapping[str, Mapping[str, str]] = {
    "journey_added": {
        "pt-BR": "jornada nova: {title}; entra quem: {enter}",
        "en": "new journey: {title}; who enters: {enter}",
    },
    "journey_removed": {
        "pt-BR": "jornada retirada: {title}; quem está nela é roteado de novo",
        "en": "journey removed: {title}; whoever is inside is routed anew",
    },
    "version": {
        "pt-BR": "versão {old} → {new}; quem está na anterior {inside}",
        "en": "version {old} → {new}; whoever is inside the earlier one {inside}",
    },
    "enter": {"pt-BR": "entrada: {old} → {new}", "en": "entry: {old} → {new}"},
    "leave_added": {"pt-BR": "saída nova, {name}: {new}", "en": "new exit, {name}: {new}"},
    "leave_removed": {"pt-BR": "saída retirada, {name}: {old}", "en": "exit removed, {name}: {old}"},
    "leave": {"pt-BR": "saída {name}: {old} → {new}", "en": "exit {name}: {old} → {new}"},
    "setting": {"pt-BR": "{name}: {old} → {new}", "en": "{name}: {old} → {new}"},
    "rule_added": {"pt-BR": "regra nova: {new}", "en": "new rule: {new}"},
    "rule_removed": {"pt-BR": "regra retirada: {old}", "en": "rule removed: {old}"},
    "value": {"pt-BR": "{name}: {old} → {new}", "en": "{name}: {old} → {new}"},
}
_INSIDE = {
    "move": {"pt-BR": "passa para a nova", "en": "moves to the new one"},
    "finish": {"pt-BR": "termina a sua", "en": "finishes it"},
    "stop": {"pt-BR": "para", "en": "stops"},
}
SETTINGS = ("priority", "interrupts", "count_from", "catch_up", "cool_down")


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: the subject (``journey early_digital``, ``rule BR-SP-HOURS``), its kind and its words."""

    subject: str
    kind: str
    words: Mapping[str, str]


def differences(old: Book, new: Book) -> list[Difference]:
    """Tell every change from one book to another; examples, comments and order of keys change nothing.

    Parameters
    ----------
    old, new
        Two compiled books.

    Returns
    -------
    Journeys first, then rules by their ids, then single values of every other file, each with both values.
    """
    found = list(_journeys(old, new))
    before, after = _documents(old), _documents(new)
    found += _rules(before, after)
    for name in sorted(before.keys() | after.keys()):
        if not name.startswith(("catalog/", RULE_SECTIONS)) and name != FIELDS_FILE:
            found += _values(name.removesuffix(".yaml"), before.get(name), after.get(name), ())
    return found


def _documents(book: Book) -> dict[str, Any]:
    files: dict[str, str] = orjson.loads(book.text)["files"]
    return {name: read(text, name).data for name, text in files.items()}


def _journeys(old: Book, new: Book) -> Iterator[Difference]:
    before = {journey.name: journey for journey in old.journeys}
    after = {journey.name: journey for journey in new.journeys}
    for name in sorted(before.keys() - after.keys()):
        yield _said(f"journey {name}", "journey_removed", title=before[name].written.title.both())
    for name, journey in after.items():
        subject = f"journey {name}"
        if name not in before:
            title = journey.written.title.both()
            yield _said(subject, "journey_added", title=title, enter=_words(journey.enter))
        elif before[name].document.data != journey.document.data:
            yield from _journey(subject, before[name], journey, old, new)


def _journey(
    subject: str, old: CompiledJourney, new: CompiledJourney, old_book: Book, new_book: Book
) -> Iterator[Difference]:
    if old.version != new.version:
        inside = _INSIDE[new.document.data.get("inside", "move")]
        yield _said(subject, "version", old=old.version, new=new.version, inside=inside)
    if old.enter.node != new.enter.node:
        yield _said(subject, "enter", old=_words(old.enter), new=_words(new.enter))
    for name in SETTINGS:
        was, now = old.document.data.get(name), new.document.data.get(name)
        if was != now:
            yield _said(subject, "setting", name=name, old=was or NONE, new=now or NONE)
    yield from _exits(subject, old.document.data["leave"], new.document.data["leave"])
    for kind, words in step_changes(old, new, old_book, new_book):
        yield Difference(subject, kind, words)


def _exits(subject: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = _exit(old.get(name)), _exit(new.get(name))
        if was != now:
            kind = "leave_added" if was is None else "leave_removed" if now is None else "leave"
            yield _said(subject, kind, name=name, old=was or NONE, new=now or NONE)


def _exit(written: Any) -> str | None:
    if isinstance(written, dict):
        return f"{written['when']}, then {written.get('then', 'route')}"
    return None if written is None else str(written)


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    old, new = _by_id(before), _by_id(after)
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield _said(f"rule {name}", "rule_removed", old=_short(old[name]))
        elif name not in old:
            yield _said(f"rule {name}", "rule_added", new=_short(new[name]))
        else:
            yield from _values(f"rule {name}", old[name], new[name], ())


def _by_id(documents: Mapping[str, Any]) -> dict[str, Any]:
    """List the rules of all policies by their ids, and what else a policy says by its file."""
    found: dict[str, Any] = {}
    for file, data in documents.items():
        if not file.startswith(RULE_SECTIONS):
            continue
        found[file.removesuffix(".yaml")] = {key: value for key, value in data.items() if not _has_ids(value)}
        for section, rules in data.items():
            if _has_ids(rules):
                found |= {rule["id"]: {"section": section, **rule} for rule in rules}
    return found


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) and "id" in one for one in value)


def _short(rule: Any) -> str:
    told = {key: value for key, value in rule.items() if key not in ("id", "source", "status", "unit", "section")}
    return f"{rule.get('section', '')} {orjson.dumps(told).decode()}".strip()


def _values(subject: str, old: Any, new: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _values(subject, old.get(key), new.get(key), (*path, key))
    elif old != new:
        yield _said(subject, "value", name=".".join(path) or subject, old=_plain(old), new=_plain(new))


def _plain(value: Any) -> str | Mapping[str, str]:
    if value is None:
        return NONE
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _words(condition: Condition) -> Mapping[str, str]:
    return {"pt-BR": in_words(condition.node, "pt-BR"), "en": in_words(condition.node, "en")}


def _said(subject: str, kind: str, **values: Any) -> Difference:
    return Difference(subject, kind, said(_SAID[kind], **values))
