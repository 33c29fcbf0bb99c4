"""SQL for DuckDB, written from the tree and never from a strategist's text."""

from collections.abc import Collection

from regua.predicates.fields import Field, FieldKind
from regua.predicates.tree import And, Between, Comparison, Constant, In, IsNull, Node, Not, Operand, Or, Truth


def to_duckdb(node: Node, columns: Collection[str] | None = None) -> str:
    r"""Write a condition as a DuckDB boolean expression with the same three answers as the other evaluators.

    Parameters
    ----------
    node
        The condition.
    columns
        The columns the relation has; a column it lacks is NULL. When None, all are taken to be there.

    Returns
    -------
    SQL with quoted column names. DuckDB counts NaN as the greatest number; here NaN is NULL.

    Examples
    --------
    >>> from regua.predicates import Field, FieldKind, Operator
    >>> to_duckdb(Comparison(Field("region", FieldKind.TEXT), Operator.EQUAL, "SP"))
    '("region" = \'SP\')'
    """
    match node:
        case And(terms):
            return "(" + " AND ".join(to_duckdb(term, columns) for term in terms) + ")"
        case Or(terms):
            return "(" + " OR ".join(to_duckdb(term, columns) for term in terms) + ")"
        case Not(term):
            return f"(NOT {to_duckdb(term, columns)})"
        case Constant(value):
            return "TRUE" if value else "FALSE"
        case Truth(field):
            return f"({_column(field, columns)} > 0)"
        case IsNull(field):
            return f"({_column(field, columns)} IS NULL)"
        case Comparison(field, operator, other):
            return f"({_column(field, columns)} {operator} {_operand(other, columns)})"
        case Between(field, low, high):
            bounds = f"{_operand(low, columns)} AND {_operand(high, columns)}"
            return f"({_column(field, columns)} BETWEEN {bounds})"
        case In(field, values):
            return f"({_column(field, columns)} IN ({', '.join(_operand(value, columns) for value in values)}))"


def _column(field: Field, columns: Collection[str] | None) -> str:
    kind = "VARCHAR" if field.kind is FieldKind.TEXT else "DOUBLE"
    if columns is not None and field.column not in columns:
        return f"CAST(NULL AS {kind})"
    quoted = '"' + field.column.replace('"', '""') + '"'
    return quoted if kind == "VARCHAR" else f"nullif(CAST({quoted} AS DOUBLE), 'nan'::DOUBLE)"


def _operand(value: Operand, columns: Collection[str] | None) -> str:
    if isinstance(value, Field):
        return _column(value, columns)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    # An exponent makes the literal a DOUBLE; without it DuckDB would compare decimals.
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"
