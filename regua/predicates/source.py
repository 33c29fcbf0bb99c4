"""Conditions that cannot be read are shown as written, with the culprit underlined."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from regua.errors import Place, PredicateError

_WIDEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a condition and where it stands, able to point at a part of itself."""

    text: str
    place: Place | None = None

    def error(
        self, start: int, end: int, found: str, *, expected: str | None = None, remedy: str | None = None
    ) -> PredicateError:
        """Make the error for the characters ``start`` (included) to ``end`` (excluded).

        The place counts from the place of the text itself: a condition that starts at line 7, column 10 of a file
        reports its own second line as line 8.
        """
        start = min(start, len(self.text))
        above = self.text[:start].split("\n")
        line, column = len(above), len(above[-1]) + 1
        excerpt = self._underlined(line, column, max(end - start, 1))
        base = self.place or Place()
        if base.column is not None and line == 1:
            column += base.column - 1
        return PredicateError(
            f"{found}\n{excerpt}",
            expected=expected,
            remedy=remedy,
            place=Place(base.file, base.row, line + (base.line or 1) - 1, column),
        )

    def _underlined(self, line: int, column: int, width: int) -> str:
        shown = self.text.split("\n")[line - 1].rstrip("\r").replace("\t", " ")
        width = max(1, min(width, len(shown) - column + 1))
        first = max(0, column - 1 - _WIDEST_LINE // 2)
        cut = shown[first : first + _WIDEST_LINE]
        lead = "…" if first else ""
        tail = "…" if first + _WIDEST_LINE < len(shown) else ""
        pad = " " * (column - 1 - first + len(lead))
        return f"    {lead}{cut}{tail}\n    {pad}{'^' * min(width, _WIDEST_LINE)}"


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return ``": did you mean …?"`` for a word that is nearly one of the candidates, else nothing.

    Examples
    --------
    >>> did_you_mean("days_past_du", ["days_past_due", "region"])
    ': did you mean days_past_due?'
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f": did you mean {by_lower[near[0]]}?" if near else ""
