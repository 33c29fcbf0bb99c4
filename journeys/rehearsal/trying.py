"""Try one journey's file: its examples, among all the other journeys of its folder."""

from dataclasses import dataclass
from pathlib import Path

from journeys.book import HOME, compile_book, sources
from journeys.language.reading import read
from journeys.rehearsal.examples import Miss, run
from regua.errors import BookError

CATALOG = "catalog"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a journey's examples."""

    journey: str
    examples: int
    misses: tuple[Miss, ...]

    @property
    def missed(self) -> set[int]:
        """Lines of the examples that came out differently; one example may miss on several days."""
        return {miss.place.line or 0 for miss in self.misses}


def try_file(file: Path) -> Tried:
    """Run the examples of one journey through the real kernel.

    The other journeys are those of the folder the file lies in, or the shipped ones where it lies in none; a shipped
    journey of the same name gives way.

    Raises
    ------
    BookError
        The file or its folder cannot be read, or carries no examples.
    """
    if not file.is_file():
        raise BookError(f"no file {file}", expected="a journey's YAML file", remedy="check the path")
    folder = next((parent.parent for parent in file.resolve().parents if parent.name == CATALOG), HOME)
    text = file.read_text("utf-8")
    name = str(read(text, file.name).data.get("journey", ""))
    files = sources(folder)
    others = {
        path: source
        for path, source in files.items()
        if not (path.startswith(f"{CATALOG}/") and read(source, path).data.get("journey") == name)
    }
    book = compile_book({**others, f"{CATALOG}/{file.name}": text})
    journey = book.journey(name)
    if not journey.written.examples:
        raise BookError(f"{name} carries no examples", expected="examples: with name, given and expect")
    return Tried(name, len(journey.written.examples), tuple(run(book, journey)))
