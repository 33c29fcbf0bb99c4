"""What the house does in a simulated month: another book goes live, another release, and somebody is erased."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from serving.changes.live_book import BOOK, LATEST_SECONDS
from serving.service import Service
from serving.store import Logged
from serving.store.changes import Acts, Asked, Lived
from tests.trust.simulation.versions import SCORERS, other_book, shipped_book

if TYPE_CHECKING:
    from tests.trust.simulation.month import Month

LATEST = timedelta(seconds=LATEST_SECONDS + 1)


class House:
    """Changes what a month works by, and knows what may decide at each instant."""

    def __init__(self, month: "Month") -> None:
        self._month, self._asked = month, 0
        self._release = next(iter(SCORERS))
        self._book, self._book_before, self._since = shipped_book().digest, "", month.start

    def plan(self, day: datetime, number: int) -> None:
        """Draw what is changed on a day, and who is erased."""
        month = self._month
        for what, often, work in (
            ("book", 0.15, self._change_book),
            ("release", 0.15, self._change_release),
            ("erasure", 0.2, lambda: self.erase(month.luck.pick(month.names, "whom to erase", number))),
        ):
            if month.luck.happens(often, "house", what, number):
                month.later(day + month.luck.between(8 * 3600, 20 * 3600, "house at", what, number), work)

    def move_in(self, service: Service) -> None:
        """Let a process that was just opened work by what is live, and look for another book only when it is told."""
        service.live_book.begin(self._month.clock)
        service.live_book.current = lambda: service.live_book.book  # type: ignore[method-assign]
        service.releases._scorer = SCORERS[self._release]

    def erase(self, name: str) -> None:
        """Erase somebody."""
        self._month.step("erase", [name], lambda: self.erased(name))
        self._month.note("erasures", name)

    def erased(self, name: str) -> None:
        """Erase somebody, in the middle of whatever is done."""
        month = self._month
        month.service.store.subjects.erase(name, month.clock.now(), "dpo")
        self.look_up()

    def look_up(self) -> None:
        """What was committed stands: which book is live, and who was erased."""
        month, store = self._month, self._month.service.store
        for name in store.subjects.erased().keys() - month.ledger.erased.keys():
            month.ledger.erase(name, month.clock.now())
            month.nights.gone |= {name}
            left = [one.permit_id for one in store.permits.of([name]) if one.state == "open"]
            month.check([f"{len(left)} permits are open of somebody who was erased"] * bool(left), name)
        live = store.changes.live(BOOK)
        if live is not None and live.target != self._book:
            self._book_before, self._book, self._since = self._book, live.target, month.now
            taken_up = month.now + month.luck.between(0, LATEST_SECONDS, "takes up", self._asked)
            month.later(taken_up, lambda: month.service.live_book.take_up())
            month.note("books", live.target)

    def wrong(self, row: Logged) -> Iterator[str]:
        """Say what is wrong with what a decision names that it was made by."""
        is_late = self._month.now <= self._since + LATEST
        if row.book_digest not in (self._book, *[self._book_before] * is_late):
            yield f"made by the book {row.book_digest[:12]}, and {self._book[:12]} was live"
        if row.release_id != self._release:
            yield f"made by the release {row.release_id}, and {self._release} was at work"

    def _change_book(self) -> None:
        self._asked += 1
        self._month.step("book", (), self._put_live)
        self.look_up()

    def _put_live(self) -> None:
        """Put the other book live, as a request does that was approved."""
        month, store = self._month, self._month.service.store
        book = other_book() if self._book == shipped_book().digest else shipped_book()
        at, name = month.clock.now(), f"chg_{self._asked}"
        store.texts.keep("books", {book.digest: book.text})
        store.changes.keep(Asked(name, BOOK, "approved", self._book, book.digest, "ana", at, at, "{}"))

        def applied(asked: Asked, acts: Acts) -> Asked:
            acts.begin(Lived(BOOK, book.digest, asked.base, name, "bia", at))
            return replace(asked, state="applied", changed_at=at)

        store.changes.act(name, applied)

    def _change_release(self) -> None:
        (self._release,) = SCORERS.keys() - {self._release}
        self._month.service.releases._scorer = SCORERS[self._release]
        self._month.note("releases", self._release)
