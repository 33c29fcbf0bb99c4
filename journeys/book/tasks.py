"""Work for people: what a step may ask of a desk instead of contacting the customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from journeys.book.grammar import TASK
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Strict, Words
from regua.errors import Place

Desk = Literal["collections", "disputes", "field", "fraud", "legal", "relationship", "specialist", "data", "agencies"]


class Task(Strict):
    """What is to be done, by which desk, and by when (``4h``, ``2d``, ``1bd``: business days)."""

    title: Words
    desk: Desk
    within: Annotated[str, Field(pattern=r"^[1-9]\d{0,2}(h|d|bd)$")]


class TasksFile(Strict):
    """Tasks by name."""

    tasks: dict[Name, Task]


@dataclass(frozen=True, slots=True)
class Tasks:
    """Tasks by name."""

    known: Mapping[str, Task]

    def of(self, name: str, place: Place) -> Task:
        """Return a task by its name.

        Raises
        ------
        BookError
            No such task; with the nearest that exists.
        """
        found = self.known.get(name)
        if found is None:
            raise unknown(TASK, name, self.known, place)
        return found

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions these tasks come to, ``task/<name>`` each."""
        return tuple(f"{TASK}/{name}" for name in self.known)


def compile_tasks(document: Document) -> Tasks:
    """Read what people may be asked to do.

    Raises
    ------
    BookError
        A key or desk nobody knows, or a time that is none.
    """
    return Tasks(understand(document, TasksFile).tasks)
