"""Make a logged decision again from the log alone, and show any byte that differs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from functools import lru_cache
from itertools import groupby, islice

import orjson

from journeys.book import Book
from regua.settings import Settings
from serving.deciding.inputs import Inputs, Shape
from serving.deciding.making import make, mode_of
from serving.permits.modes import Mode
from serving.scoring.releases import scorer_of
from serving.scoring.scorer import Scorer
from serving.store import Logged, Store

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again: ``difference`` is None when every byte is the same, or when it was erased."""

    decision_id: str
    difference: str | None
    is_erased: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether every byte is the same; of what was erased nobody can say."""
        return self.difference is None and not self.is_erased


class Replayer:
    """Makes decisions again from what was logged: inputs, the book by its digest, the release by its identifier.

    Nothing is read from the profiles or the events of today, and nothing is written.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self.book = lru_cache(maxsize=4)(self._book)
        self.shape = lru_cache(maxsize=4)(self._shape)
        self.scorer = lru_cache(maxsize=4)(self._scorer)

    def replay(self, decision_id: str) -> Replay:
        """Make one decision again.

        Raises
        ------
        NotFoundError
            No such decision, or the book it was made under is not kept.
        BundleError
            The release that scored it is not here any more, or not as signed.
        """
        return next(self.replay_all([self._store.decision(decision_id)]))

    def replay_all(self, rows: Iterable[Logged]) -> Iterator[Replay]:
        """Make decisions again, in order but for what was erased.

        Neighbours of one moment, release and book are made together.
        """
        for (release, book, shape, moment, mode), run in groupby(rows, key=_made_under):
            while some := list(islice(run, AT_ONCE)):
                kept = [row for row in some if not row.is_erased]
                yield from (Replay(row.decision_id, None, is_erased=True) for row in some if row.is_erased)
                if not kept:
                    continue
                inputs = Inputs.unpack(self.shape(shape), [row.inputs for row in kept])
                made = make(inputs, self.scorer(release), self.book(book), moment, mode)
                for row, again in zip(kept, made, strict=True):
                    body = again.row.body
                    yield Replay(row.decision_id, None if body == row.body else difference(row.body, body))

    def _scorer(self, release_id: str) -> Scorer:
        return scorer_of(self._settings, release_id)

    def _book(self, digest: str) -> Book:
        return Book.from_text(self._store.texts.read("books", digest))

    def _shape(self, digest: str) -> Shape:
        return Shape.from_text(self._store.texts.read("shapes", digest))


def _made_under(row: Logged) -> tuple[str, str, str, datetime, Mode]:
    return row.release_id, row.book_digest, row.shape_digest, row.decided_at, mode_of(row.decision_id)


def difference(logged: bytes, again: bytes) -> str:
    """Show where two decisions differ, line by line.

    Examples
    --------
    >>> print(difference(b'{"action":"nothing"}', b'{"action":"sms/pay_link"}'))
    --- logged
    +++ again
    @@ -1,3 +1,3 @@
     {
    -  "action": "nothing"
    +  "action": "sms/pay_link"
     }
    """
    one, other = (orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode() for body in (logged, again))
    return "\n".join(unified_diff(one.splitlines(), other.splitlines(), "logged", "again", lineterm=""))
