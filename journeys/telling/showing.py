"""A journey for people: who enters, what is done when, how it ends; as data, and as a Mermaid diagram."""

from collections.abc import Mapping
from typing import Any

from journeys.book import Book
from journeys.book.grammar import TASK, Step
from journeys.book.journeys import CompiledJourney
from journeys.language.conditions import Condition
from regua.predicates import in_words

_DAY = {
    "entry": {"pt-BR": "T+{day}", "en": "T+{day}"},
    "due_date": {"pt-BR": "D+{day}", "en": "D+{day}"},
    "promise": {"pt-BR": "P{day:+d}", "en": "P{day:+d}"},
}
_SAID = {
    "pt-BR": {
        "best": "o que valer mais: ", "first": "o primeiro permitido: ",
        "offer": "com a melhor oferta de {names}", "then": " → ",
        "unless": "se não {state} em {hours} h", "if": "se {words}",
        "accepted": "aceita", "delivered": "entregue", "read": "lida", "replied": "respondida",
        "enter": "entra", "done": "passos dados", "leave": "sai", "anyday": "em qualquer dia",
    },
    "en": {
        "best": "whichever is worth most: ", "first": "the first permitted: ",
        "offer": "with the best offer of {names}", "then": " → ",
        "unless": "if not {state} in {hours} h", "if": "if {words}",
        "accepted": "accepted", "delivered": "delivered", "read": "read", "replied": "replied",
        "enter": "enters", "done": "steps taken", "leave": "leaves", "anyday": "on any day",
    },
}  # fmt: skip


def describe(book: Book, name: str, language: str = "pt-BR") -> dict[str, Any]:
    """Describe a journey in words and as written.

    Raises
    ------
    BookError
        No such journey; with the nearest name.
    """
    journey = book.journey(name)
    written = journey.written
    return {
        "journey": journey.name,
        "code": written.code,
        "version": journey.version,
        "title": written.title.say(language),
        "purpose": written.purpose.say(language),
        "priority": written.priority,
        "interrupts": journey.interrupts,
        "counted_from": written.count_from,
        "enter": _condition(journey.enter, language),
        "leave": {
            exit_name: {**_condition(condition, language), "then": written.leave[exit_name].then}
            for exit_name, condition in journey.leave
        },
        "steps": [_step(book, journey, index, language) for index in range(len(written.steps))],
        "examples": [example.name for example in written.examples],
        "file": journey.document.file,
        "book": book.digest,
    }


def mermaid(book: Book, name: str, language: str = "pt-BR") -> str:
    """Draw a journey as a Mermaid flow chart.

    Examples
    --------
    >>> from journeys.book import load
    >>> print(mermaid(load(), "paid_claim_hold", "en").splitlines()[0])
    flowchart TD
    """
    shown = describe(book, name, language)
    said = _SAID[language]
    lines = ["flowchart TD", f'    enter(["{said["enter"]}: {_safe(shown["enter"]["words"])}"])']
    before = "enter"
    for number, step in enumerate(shown["steps"], start=1):
        ways = said["then"].join(step["try"]) if step["unless"] else "<br/>".join(step["try"])
        lines.append(f'    s{number}["{step["day"]}<br/>{ways}"]')
        label = said["if"].format(words=_safe(step["when"]["words"])) if step["when"] else ""
        lines.append(f'    {before} -->|"{label}"| s{number}' if label else f"    {before} --> s{number}")
        before = f"s{number}"
    lines.append(f'    done(["{said["done"]}"])')
    lines.append(f"    {before} --> done")
    lines.append(f'    anyday(["{said["anyday"]}"])')
    for exit_name, condition in shown["leave"].items():
        lines.append(f'    leave_{exit_name}[/"{said["leave"]} ({exit_name}): {_safe(condition["words"])}"/]')
        lines.append(f"    anyday -.-> leave_{exit_name}")
    return "\n".join(lines) + "\n"


def _step(book: Book, journey: CompiledJourney, index: int, language: str) -> dict[str, Any]:
    step, when = journey.written.steps[index], journey.whens[index]
    day = _DAY[journey.written.count_from][language].format(day=step.day)
    return {
        "day": day.replace("+-", "-"),
        "when": None if when is None else _condition(when, language),
        "try": step.rungs if step.task is None else [f"{TASK}/{step.task}"],
        "task": step.task,
        "offer": step.offer,
        "unless": step.waits,
        "words": _ways(book, step, language),
    }


def _ways(book: Book, step: Step, language: str) -> str:
    said = _SAID[language]
    if step.task is not None:
        task = book.tasks.known[step.task]
        return f"{TASK}/{step.task}: {task.title.say(language)} ({task.desk}, {task.within})"
    if step.waits:
        ((state, hours),) = step.waits.items()
        words = f"{said['then'].join(step.rungs)} ({said['unless'].format(state=said[state], hours=hours)})"
    elif len(step.rungs) == 1:
        words = step.rungs[0]
    else:
        is_owed = book.messages.known[step.rungs[0]].purpose != "collection"
        words = said["first" if is_owed else "best"] + ", ".join(step.rungs)
    return f"{words}; {said['offer'].format(names=', '.join(step.offer))}" if step.offer else words


def _condition(condition: Condition, language: str) -> Mapping[str, str]:
    words = in_words(condition.node, "en" if language == "en" else "pt-BR")
    return {"sql": condition.text, "words": words}


def _safe(text: str) -> str:
    return text.replace('"', "'").replace("<", "&lt;").replace(">", "&gt;")
