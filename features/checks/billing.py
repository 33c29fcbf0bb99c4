"""The five billing rules, run over a book: suspicions are written down, and each places a hold."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from features.checks import (
    billed_not_consumed,
    duplicate_invoice,
    missing_information,
    undue_charge,
    wrong_arithmetic,
)
from features.checks.rule import Rule
from features.sources import connect, create_views, select_sql
from features.tables import SUSPICIONS, TABLES
from regua.settings import Settings
from regua.vocabulary import HoldKind

if TYPE_CHECKING:
    import duckdb

RULES: tuple[Rule, ...] = (
    undue_charge.RULE,
    billed_not_consumed.RULE,
    wrong_arithmetic.RULE,
    missing_information.RULE,
    duplicate_invoice.RULE,
)

_ENDED = "least(settled_at, cancelled_at, paid_at, rejected_at)"

HOLDS_PART = "suspect-invoices.parquet"
"""The holds this check places lie in a part of their own, which each run replaces."""

# Windows, not a join of bills with bills: a contract with a thousand equal bills must not cost a million pairs.
_AGAIN = """
    CREATE OR REPLACE TEMP TABLE invoice_again AS
    SELECT invoice_id, known_at, coalesce(standing_id, former_id) AS first_id,
           CASE WHEN standing_id IS NULL THEN former_cancelled_at END AS first_cancelled_at
    FROM (
        SELECT invoice_id, known_at,
               last_value(CASE WHEN cancelled_at IS NULL THEN invoice_id END IGNORE NULLS) OVER earlier AS standing_id,
               lag(invoice_id) OVER same AS former_id, lag(cancelled_at) OVER same AS former_cancelled_at
        FROM invoices WHERE amount_cents > 0 AND coalesce(reference_month, due_on) IS NOT NULL
        WINDOW same AS (PARTITION BY contract_id, amount_cents, reference_month IS NULL,
                                     coalesce(reference_month, due_on) ORDER BY issued_on, invoice_id),
               earlier AS (PARTITION BY contract_id, amount_cents, reference_month IS NULL,
                                        coalesce(reference_month, due_on) ORDER BY issued_on, invoice_id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
    -- A bill cancelled before is not billed twice: this is its new issue.
    WHERE standing_id IS NOT NULL OR (former_id IS NOT NULL AND former_cancelled_at > known_at)
"""

_USUAL = """
    CREATE OR REPLACE TEMP TABLE product_usual AS
    SELECT product, avg((reference_month IS NOT NULL)::INT) AS months, avg((has_payment_code IS TRUE)::INT) AS codes
    FROM invoices JOIN contracts USING (contract_id) GROUP BY product
"""

_PAID = """
    CREATE OR REPLACE TEMP TABLE invoice_paid AS
    SELECT invoice_id, min(paid_at) AS paid_at FROM (
        SELECT i.invoice_id, p.known_at AS paid_at, i.amount_cents,
               sum(p.amount_cents) OVER (PARTITION BY i.invoice_id ORDER BY p.known_at, p.payment_id) AS paid_cents
        FROM invoices i JOIN payments p USING (invoice_id)
        WHERE i.invoice_id IN (SELECT invoice_id FROM invoice_again UNION SELECT first_id FROM invoice_again
                               UNION SELECT invoice_id FROM doubt)
    ) WHERE paid_cents >= amount_cents GROUP BY invoice_id
"""


def check_billing(
    settings: Settings, folder: Path | None = None, *, contracts: Iterable[str] | None = None
) -> Mapping[str, int]:
    """Find suspect invoices, write ``suspicions`` and their holds, and count them by rule.

    An earlier run's suspicions and holds are replaced; the same book gives the same rows. A suspicion is known when
    the facts that make it one are known. Its hold is lifted when the invoice is cancelled or paid in full, when the
    other half of a pair is cancelled, or when a dispute about it is settled in the house's favour.

    Parameters
    ----------
    folder
        The tables to check; ``home/tables`` when None.
    contracts
        Check the bills of these contracts alone, those with news since the last run; what was found on others stands.
        No rule looks from one contract to another, so the answer is that of a whole run. Only what a product's bills
        usually carry (``missing_information``) is learned from all bills, and applied to these.
    """
    tables = folder or settings.tables
    connection = connect(settings)
    try:
        create_views(connection, tables)
        connection.execute(_USUAL)
        if contracts is not None:
            _narrow(connection, sorted(set(contracts)))
        _find(connection)
        _write(connection, tables, others=contracts is not None)
        # Read anew: what was found before on other contracts counts too.
        suspicions = select_sql(tables, SUSPICIONS)
        counted = connection.execute(f"SELECT rule, count(*) FROM ({suspicions}) GROUP BY rule").fetchall()
    finally:
        connection.close()
    found = dict(counted)
    return {rule.name: int(found.get(rule.name, 0)) for rule in RULES}


def _narrow(connection: "duckdb.DuckDBPyConnection", contracts: list[str]) -> None:
    """Leave only some contracts' bills, items and payments in sight."""
    connection.execute("CREATE TEMP TABLE asked AS SELECT unnest(?::VARCHAR[]) AS contract_id", [contracts])
    for table, key in (("invoices", "contract_id"), ("payments", "contract_id"), ("invoice_items", "invoice_id")):
        those = "asked" if key == "contract_id" else "asked_invoices"
        connection.execute(f"CREATE TEMP TABLE asked_{table} AS SELECT * FROM {table} SEMI JOIN {those} USING ({key})")
    for table in ("invoices", "payments", "invoice_items"):
        connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM asked_{table}")


def _find(connection: "duckdb.DuckDBPyConnection") -> None:
    connection.execute(
        "CREATE TEMP TABLE doubt "
        "(rule VARCHAR, invoice_id VARCHAR, evidence VARCHAR, known_at TIMESTAMP, settled_at TIMESTAMP)"
    )
    connection.execute(_AGAIN)
    connection.execute(_PAID)
    for rule in RULES:
        connection.execute(f"INSERT INTO doubt SELECT '{rule.name}', * FROM ({rule.query})")
    # Once more, now for all doubtful invoices: a hold ends when its invoice is paid.
    connection.execute(_PAID)
    connection.execute("""
        CREATE TEMP TABLE suspect AS
        SELECT d.rule, d.invoice_id, any_value(i.contract_id) AS contract_id,
               any_value(i.customer_id) AS customer_id, any_value(i.happened_at) AS happened_at,
               left(string_agg(DISTINCT d.evidence, '; ' ORDER BY d.evidence), 900) AS evidence,
               greatest(min(d.known_at), any_value(i.happened_at)) AS known_at,
               CASE WHEN count(*) = count(d.settled_at) THEN max(d.settled_at) END AS settled_at,
               any_value(i.cancelled_at) AS cancelled_at, any_value(paid.paid_at) AS paid_at,
               any_value(rejected.resolved_at) AS rejected_at
        FROM doubt d JOIN invoices i USING (invoice_id)
        LEFT JOIN invoice_paid paid USING (invoice_id)
        LEFT JOIN (SELECT invoice_id, max(resolved_at) AS resolved_at FROM disputes
                   WHERE kind = 'dispute' AND resolution = 'rejected' GROUP BY invoice_id) rejected USING (invoice_id)
        GROUP BY d.rule, d.invoice_id""")


def _write(connection: "duckdb.DuckDBPyConnection", tables: Path, *, others: bool) -> None:
    columns = {
        "hold_id": "'hold_' || left(sha256(invoice_id || '|' || rule), 26)",
        "kind": f"'{HoldKind.SUSPECT_INVOICE}'",
        "ends_at": "NULL::TIMESTAMP",
        # A hold cannot end before it begins: what was settled before it was doubted never held anyone back.
        "lifted_at": f"CASE WHEN {_ENDED} IS NOT NULL THEN greatest(known_at, {_ENDED}) END",
        "evidence": "left(rule || ': ' || evidence, 1000)",
        "happened_at": "known_at",
    }
    wanted = ", ".join(f"{columns.get(name, name)} AS {name}" for name in TABLES["holds"].columns)
    for query, order, place in (
        (
            f"SELECT {', '.join(SUSPICIONS.columns)} FROM suspect",
            "customer_id, happened_at, invoice_id, rule",
            tables / SUSPICIONS.name / "part-0000.parquet",
        ),
        (f"SELECT {wanted} FROM suspect", "customer_id, known_at, hold_id", tables / "holds" / HOLDS_PART),
    ):
        kept = f"UNION ALL BY NAME SELECT * FROM '{_quoted(place)}' ANTI JOIN asked USING (contract_id)"
        _replace(connection, f"{query} {kept if others and place.exists() else ''}", order, place)


def _replace(connection: "duckdb.DuckDBPyConnection", query: str, order: str, place: Path) -> None:
    """Write a part in place of the one before; no rows, no part."""
    place.parent.mkdir(parents=True, exist_ok=True)
    pending = place.with_name(f".{place.name}.pending")
    written = connection.execute(
        f"COPY ({query} ORDER BY {order}) TO '{_quoted(pending)}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    ).fetchall()
    if written[0][0]:
        pending.replace(place)
    else:
        pending.unlink(missing_ok=True)
        place.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
