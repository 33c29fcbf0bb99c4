"""From the tree back to text: one canonical way to write each condition, which reads back as the same tree."""

from regua.predicates.fields import Field, FieldKind
from regua.predicates.tree import And, Between, Comparison, Constant, In, IsNull, Node, Not, Operand, Or, Truth


def to_sql_text(node: Node) -> str:
    """Write a condition in its canonical form; ``parse`` of it gives the same tree.

    Examples
    --------
    >>> from regua.predicates import Field, FieldKind, Operator
    >>> to_sql_text(Not(Comparison(Field("balance_overdue", FieldKind.MONEY), Operator.AT_LEAST, 2050)))
    'NOT (balance_overdue >= 20.50)'
    """
    match node:
        case Or(terms):
            return " OR ".join(to_sql_text(term) for term in terms)
        case And(terms):
            return " AND ".join(_within(term, Or) for term in terms)
        case Not(term):
            return _negated(term)
        case Constant(value):
            return "TRUE" if value else "FALSE"
        case Truth(field):
            return field.name
        case IsNull(field):
            return f"{field.name} IS NULL"
        case Comparison(field, operator, other):
            return f"{field.name} {operator} {value_text(other, field)}"
        case Between(field, low, high):
            return f"{field.name} BETWEEN {value_text(low, field)} AND {value_text(high, field)}"
        case In(field, values):
            return f"{field.name} IN ({', '.join(value_text(value, field) for value in values)})"


def value_text(value: Operand, field: Field) -> str:
    """Write one value as a strategist would: money in currency, text in single quotes."""
    if isinstance(value, Field):
        return value.name
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if field.kind is FieldKind.MONEY:
        units, rest = divmod(abs(int(value)), 100)
        return f"{'-' if value < 0 else ''}{units}.{rest:02d}"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _negated(term: Node) -> str:
    match term:
        case Between(field, low, high):
            return f"{field.name} NOT BETWEEN {value_text(low, field)} AND {value_text(high, field)}"
        case In(field, values):
            return f"{field.name} NOT IN ({', '.join(value_text(value, field) for value in values)})"
        case IsNull(field):
            return f"{field.name} IS NOT NULL"
        case And() | Or() | Comparison():
            return f"NOT ({to_sql_text(term)})"
        case _:
            return f"NOT {to_sql_text(term)}"


def _within(term: Node, looser: type[Or]) -> str:
    return f"({to_sql_text(term)})" if isinstance(term, looser) else to_sql_text(term)
