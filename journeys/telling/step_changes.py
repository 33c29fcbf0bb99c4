"""How the steps of a journey change: what moves, what comes, what goes, and what is said otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from regua.predicates import in_words

Said = tuple[str, Mapping[str, str]]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "step_moved": {
        "pt-BR": "{ways} passa do dia {old} para o dia {new}",
        "en": "{ways} moves from day {old} to day {new}",
    },
    "step_added": {"pt-BR": "passo novo no dia {new}: {ways}", "en": "new step on day {new}: {ways}"},
    "step_removed": {"pt-BR": "passo retirado do dia {old}: {ways}", "en": "step removed from day {old}: {ways}"},
    "step_ways": {"pt-BR": "dia {day}: {old} → {new}", "en": "day {day}: {old} → {new}"},
    "step_when": {
        "pt-BR": "dia {day}, {ways}: só se {old} → só se {new}",
        "en": "day {day}, {ways}: only if {old} → only if {new}",
    },
    "step_value": {"pt-BR": "dia {day}, {ways}: {name} {old} → {new}", "en": "day {day}, {ways}: {name} {old} → {new}"},
}
_ALWAYS = {"pt-BR": "sempre", "en": "always"}
NONE: Mapping[str, str] = {"pt-BR": "nada", "en": "none"}
"""What stands where there is no value."""
_PLAIN = ("unless_accepted_within", "unless_delivered_within", "unless_read_within", "unless_replied_within", "offer")


@dataclass(frozen=True, slots=True)
class _Step:
    """One written step and where it stands."""

    journey: CompiledJourney
    book: Book
    index: int

    @property
    def written(self) -> Mapping[str, Any]:
        """The step as it was written."""
        found: Mapping[str, Any] = self.journey.document.data["steps"][self.index]
        return found

    @property
    def day(self) -> str:
        """The day it stands on."""
        return str(self.written["day"])

    @property
    def ways(self) -> frozenset[str]:
        """What it does: rungs of its ladder, or its task."""
        return frozenset(self.written.get("try") or (f"task/{self.written.get('task')}",))

    def names(self) -> Mapping[str, str]:
        """Name its channels, or its task, as people call them."""
        rungs = self.written.get("try")
        if not rungs:
            return {"pt-BR": f"tarefa {self.written['task']}", "en": f"task {self.written['task']}"}
        return {
            language: ", ".join(f"{self._channel(rung.partition('/')[0], language)} ({rung})" for rung in rungs)
            for language in ("pt-BR", "en")
        }

    def when(self) -> Mapping[str, str]:
        """Say when it is done."""
        condition = self.journey.whens[self.index]
        if condition is None:
            return _ALWAYS
        return {"pt-BR": in_words(condition.node, "pt-BR"), "en": in_words(condition.node, "en")}

    def _channel(self, name: str, language: str) -> str:
        known = self.book.channels.known.get(name)
        return known.title.say(language) if known else name


def step_changes(old: CompiledJourney, new: CompiledJourney, old_book: Book, new_book: Book) -> Iterator[Said]:
    """Tell how steps change: each is paired with the most alike of the other version, nearest in place.

    Yields
    ------
    A kind and its words in both languages.
    """
    before = [_Step(old, old_book, index) for index in range(len(old.written.steps))]
    after = [_Step(new, new_book, index) for index in range(len(new.written.steps))]
    pairs = _paired(before, after)
    for step in before:
        if step.index not in pairs:
            yield _said("step_removed", old=step.day, ways=step.names())
    kept = {second: before[first] for first, second in pairs.items()}
    for step in after:
        if step.index in kept:
            yield from _changed(kept[step.index], step)
        else:
            yield _said("step_added", new=step.day, ways=step.names())


def said(words: Mapping[str, str], **values: Any) -> Mapping[str, str]:
    """Fill a sentence in both languages; a value may have its own words in each."""
    return {
        language: sentence.format(
            **{name: value[language] if isinstance(value, Mapping) else value for name, value in values.items()}
        )
        for language, sentence in words.items()
    }


def _paired(before: list[_Step], after: list[_Step]) -> dict[int, int]:
    """Pair steps greedily: same ways and day, then same ways, then ways in common; ties by nearness in the list."""
    ranked = []
    for old in before:
        for new in after:
            shared = len(old.ways & new.ways) / len(old.ways | new.ways)
            if shared > 0:
                ranked.append((-shared, old.day != new.day, abs(old.index - new.index), old.index, new.index))
    pairs: dict[int, int] = {}
    for *_, first, second in sorted(ranked):
        if first not in pairs and second not in pairs.values():
            pairs[first] = second
    return pairs


def _changed(old: _Step, new: _Step) -> Iterator[Said]:
    if old.day != new.day:
        yield _said("step_moved", ways=new.names(), old=old.day, new=new.day)
    if old.written.get("try") != new.written.get("try"):
        yield _said("step_ways", day=new.day, old=old.names(), new=new.names())
    if old.written.get("when") != new.written.get("when"):
        yield _said("step_when", day=new.day, ways=new.names(), old=old.when(), new=new.when())
    for name in _PLAIN:
        was, now = old.written.get(name), new.written.get(name)
        if was != now:
            yield _said("step_value", day=new.day, ways=new.names(), name=name, old=_listed(was), new=_listed(now))


def _listed(value: Any) -> str | Mapping[str, str]:
    if value is None:
        return NONE
    return ", ".join(value) if isinstance(value, list) else str(value)


def _said(kind: str, **values: Any) -> Said:
    return kind, said(_WORDS[kind], **values)
