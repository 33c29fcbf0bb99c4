"""Make a logged decision again from the log alone, and show any byte that differs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import lru_cache

import orjson

from journeys.book import Book
from serving.inputs import Inputs, Shape
from serving.making import make
from serving.releases import Releases
from serving.scorer import Scorer
from serving.store import Logged, Store


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again: ``difference`` is None when every byte is the same."""

    decision_id: str
    difference: str | None

    @property
    def is_equal(self) -> bool:
        """Whether every byte is the same."""
        return self.difference is None


class Replayer:
    """Makes decisions again from what was logged: inputs, the book by its digest, the release by its identifier.

    Nothing is read from the profiles or the events of today, and nothing is written.
    """

    def __init__(self, store: Store, releases: Releases) -> None:
        self._store = store
        self.book = lru_cache(maxsize=4)(self._book)
        self._shape = lru_cache(maxsize=4)(self._read_shape)
        self.scorer: "lru_cache[Scorer]" = lru_cache(maxsize=4)(releases.of)

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
        """Make decisions again, in order."""
        for row in rows:
            again = self.remake(row)
            yield Replay(row.decision_id, None if again == row.body else difference(row.body, again))

    def remake(self, row: Logged) -> bytes:
        """Return the bytes that the logged inputs lead to now."""
        inputs = self.inputs(row)
        (made,) = make(inputs, self.scorer(row.release_id), self.book(row.book_digest), row.decided_at)
        return made.row.body

    def inputs(self, row: Logged) -> Inputs:
        """Return the one row a decision was made on."""
        return Inputs.unpack(self._shape(row.shape_digest), [row.inputs])

    def _book(self, digest: str) -> Book:
        return Book.from_text(self._store.text("books", digest))

    def _read_shape(self, digest: str) -> Shape:
        return Shape.from_text(self._store.text("shapes", digest))


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
