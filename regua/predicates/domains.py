"""What values a field can take, as proofs and tests need to know it: bounds, whole numbers, words, and whether NULL."""

from dataclasses import dataclass

from regua.predicates.fields import Field, FieldKind


@dataclass(frozen=True, slots=True)
class Domain:
    """The values a column may hold.

    Parameters
    ----------
    column
        The column; money in whole cents.
    kind
        Number, money, flag or text.
    lowest, highest
        Bounds of a number, both included; ``None``: none.
    whole
        Whether only whole numbers occur.
    nullable
        Whether it may be NULL.
    words
        The closed set of a text; empty: any text.

    Examples
    --------
    >>> Domain.of(Field("balance_overdue", FieldKind.MONEY)).column
    'balance_overdue_cents'
    """

    column: str
    kind: FieldKind
    lowest: float | None = None
    highest: float | None = None
    whole: bool = False
    nullable: bool = True
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, field: Field) -> "Domain":
        """Return the widest domain of a field: money in whole cents of either sign, any number, 0 or 1, its words."""
        return cls(field.column, field.kind, whole=field.kind is FieldKind.MONEY, words=field.values)

    def holds(self, value: float | str | None) -> bool:
        """Say whether a value lies in the domain; ``None`` and NaN are NULL.

        Examples
        --------
        >>> share = Domain("p_roll", FieldKind.NUMBER, lowest=0.0, highest=1.0)
        >>> share.holds(0.3), share.holds(1.5), share.holds(None)
        (True, False, True)
        """
        if value is None or value != value:
            return self.nullable
        if self.kind is FieldKind.TEXT:
            return isinstance(value, str) and (not self.words or value in self.words)
        if isinstance(value, str):
            return False
        if self.kind is FieldKind.FLAG:
            return value in (0, 1)
        above = self.lowest is None or value >= self.lowest
        below = self.highest is None or value <= self.highest
        return above and below and (not self.whole or float(value).is_integer())
