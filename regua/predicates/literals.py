"""Values as strategists write them, held against the kind of their field at the place where they stand."""

import math

from regua.errors import DataError
from regua.money import cents
from regua.predicates.fields import Field, FieldKind
from regua.predicates.source import Source, did_you_mean


def read_value(source: Source, start: int, end: int, written: str, field: Field) -> float | int:
    """Read a number as ``float``, or money in currency as whole cents.

    Raises
    ------
    PredicateError
        The field is a text or a flag, the amount has more than two decimals, or the number is too large.
    """
    if field.kind is FieldKind.MONEY:
        try:
            return int(cents(written))
        except DataError as problem:
            raise source.error(
                start, end, f"{field.name} is money: {problem.found}", expected=f"{problem.expected}, in currency"
            ) from problem
    if field.kind is FieldKind.NUMBER:
        number = float(written)
        if not math.isfinite(number):
            raise source.error(start, end, f"{written} is too large a number")
        return number
    hint = f"{field.name} or NOT {field.name}" if field.kind is FieldKind.FLAG else "text in single quotes"
    raise source.error(start, end, f"{field.name} is {field.kind.phrase}, {written} is a number", expected=hint)


def read_text(source: Source, start: int, end: int, written: str, field: Field) -> str:
    """Read a text in quotes; a field with a closed set takes no other value.

    Raises
    ------
    PredicateError
        The field is not a text, the value is not of its set, or it holds a control character.
    """
    if field.kind is not FieldKind.TEXT:
        hint = f"{field.name} or NOT {field.name}" if field.kind is FieldKind.FLAG else "a number without quotes"
        raise source.error(start, end, f"{field.name} is {field.kind.phrase}, '{written}' is a text", expected=hint)
    if field.values and written not in field.values:
        raise source.error(
            start,
            end,
            f"{field.name} is never '{written}'{did_you_mean(written, field.values)}",
            expected="one of " + ", ".join(f"'{value}'" for value in field.values),
        )
    if any(ord(character) < 32 or ord(character) == 127 for character in written):
        raise source.error(start, end, "a text holds a line break or a control character", expected="text on one line")
    return written
