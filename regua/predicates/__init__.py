"""Whom does it concern? Conditions in a strict subset of SQL, read into a typed tree that several evaluators share.

Three-valued throughout: a missing column, ``None`` and NaN are NULL, and what is compared with NULL is unknown.
"""

from regua.predicates.closures import Row, compile_row
from regua.predicates.duckdb import to_duckdb
from regua.predicates.fields import Field, FieldKind, Fields
from regua.predicates.limits import Limits
from regua.predicates.parsing import parse
from regua.predicates.printing import to_sql_text
from regua.predicates.tree import (
    And,
    Between,
    Comparison,
    Constant,
    In,
    IsNull,
    Node,
    Not,
    Operator,
    Or,
    Predicate,
    Truth,
    depth,
    fields_used,
    leaves,
)
from regua.predicates.vectors import evaluate, evaluate3
from regua.predicates.words import in_words

__all__ = [
    "And",
    "Between",
    "Comparison",
    "Constant",
    "Field",
    "FieldKind",
    "Fields",
    "In",
    "IsNull",
    "Limits",
    "Node",
    "Not",
    "Operator",
    "Or",
    "Predicate",
    "Row",
    "Truth",
    "compile_row",
    "depth",
    "evaluate",
    "evaluate3",
    "fields_used",
    "in_words",
    "leaves",
    "parse",
    "to_duckdb",
    "to_sql_text",
]
