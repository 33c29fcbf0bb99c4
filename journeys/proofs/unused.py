"""What is written and never used? Hints, so that a book stays as small as what it does."""

from collections.abc import Iterator

from journeys.book import Book
from journeys.proofs.finding import Finding
from regua.errors import Place


def findings(book: Book) -> Iterator[Finding]:
    """Find messages, segments, offers and tasks that no journey uses."""
    steps = [step for journey in (*book.journeys, *book.archived) for step in journey.written.steps]
    sent = {rung.partition("/")[2] for step in steps for rung in step.rungs}
    for name, message in book.messages.named.items():
        if name not in sent:
            yield Finding.at("R901", message.document.place("message"), f"no step sends {name}")
    read = book.fields_read | book.offers.columns
    for column in book.segments.columns:
        if column not in read:
            yield Finding.at("R902", Place("segments.yaml"), f"nothing reads {column.removesuffix('_cents')}")
    offered = {name for step in steps for name in step.offer}
    for name in book.offers.names:
        if name not in offered:
            yield Finding.at("R903", Place("offers.yaml"), f"no step offers {name}")
    asked = {step.task for step in steps}
    for name in book.tasks.known:
        if name not in asked:
            yield Finding.at("R904", Place("tasks.yaml"), f"no step asks for {name}")
