"""A book of any size in canonical tables, made by DuckDB in seconds: for timing, never for figures about people.

About 20 events a customer: 11 invoices, 8 payments on most of them, and contacts on the four channels that can be read.
"""

import multiprocessing
from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter

from regua.settings import Settings

MOMENT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
INVOICES, PAYMENTS, CONTACTS = 11, 8, 4

# ``u(i, purpose)`` is a number in [0, 1) that depends on its arguments alone; ``t0`` is the moment.
MACROS = (
    "CREATE MACRO u(i, purpose) AS (hash(i, purpose) % 1000003)::DOUBLE / 1000003",
    "CREATE MACRO t0() AS TIMESTAMP '2026-03-10 09:00:00'",
    "CREATE MACRO due(i, n) AS (t0() - to_days(CAST(30 * n - floor(u(i, 'cycle') * 30) AS INT)))",
)

TABLES: Mapping[str, str] = {
    "customers": """
        SELECT format('c{:08d}', i) AS customer_id, 'person' AS kind, ['SP', 'RJ', 'BA'][1 + i % 3] AS region,
               DATE '2024-01-15' AS customer_since, ['low', 'medium', 'high'][1 + i % 3] AS income_band,
               TIMESTAMP '2024-01-15' AS happened_at FROM range({n}) t(i)""",
    "contracts": """
        SELECT format('k{:08d}', i) AS contract_id, format('c{:08d}', i) AS customer_id,
               ['card', 'telecom', 'utility'][1 + i % 3] AS product, DATE '2024-02-01' AS opened_on,
               500000 AS credit_limit_cents, TIMESTAMP '2024-02-01' AS happened_at FROM range({n}) t(i)""",
    "invoices": """
        SELECT format('i{:08d}-{}', i, n) AS invoice_id, format('k{:08d}', i) AS contract_id,
               format('c{:08d}', i) AS customer_id, (due(i, n) - INTERVAL 15 DAY)::DATE AS issued_on,
               due(i, n)::DATE AS due_on, (5000 + u(i, n) * 40000)::BIGINT AS amount_cents,
               due(i, n) - INTERVAL 15 DAY AS happened_at
        FROM range({n}) t(i), range({invoices}) s(n)""",
    "payments": """
        SELECT format('p{:08d}-{}', i, n) AS payment_id, format('k{:08d}', i) AS contract_id,
               format('c{:08d}', i) AS customer_id, format('i{:08d}-{}', i, n) AS invoice_id,
               (5000 + u(i, n) * 40000)::BIGINT AS amount_cents, ['pix', 'boleto'][1 + i % 2] AS method,
               due(i, n) + to_hours(CAST(u(i, n + 100) * 200 - 60 AS INT)) AS happened_at
        FROM range({n}) t(i), range({invoices} - {payments}, {invoices}) s(n)""",
    "contacts": """
        SELECT format('a{:08d}-{}', i, n) AS contact_id, format('c{:08d}', i) AS customer_id,
               format('k{:08d}', i) AS contract_id, ['push', 'email', 'sms', 'whatsapp'][1 + n] AS channel,
               sent + INTERVAL 1 MINUTE AS delivered_at,
               CASE WHEN u(i, n + 300) < 0.4 THEN sent + INTERVAL 3 HOUR END AS read_at,
               n + 1 AS cost_cents, sent AS happened_at
        FROM (SELECT i, n, t0() - to_hours(CAST(24 + u(i, n + 200) * 2000 AS INT)) AS sent
              FROM range({n}) t(i), range({contacts}) s(n))""",
    "contact_points": """
        SELECT format('q{:08d}-{}', i, n) AS contact_point_id, format('c{:08d}', i) AS customer_id,
               ['push', 'email', 'sms', 'whatsapp'][1 + n] AS channel, 'verified' AS status,
               TIMESTAMP '2024-02-01' AS status_at, TIMESTAMP '2024-02-01' AS happened_at
        FROM range({n}) t(i), range(4) s(n)""",
}


def events(customers: int) -> int:
    """Count the invoices, payments and contacts of a book."""
    return customers * (INVOICES + PAYMENTS + CONTACTS)


def write(settings: Settings, customers: int) -> float:
    """Write the canonical tables of a book; return the seconds it took."""
    import duckdb

    from features.sources import sql_type
    from features.tables import TABLES as CANONICAL

    started = perf_counter()
    with duckdb.connect(config={"threads": settings.threads, "memory_limit": "2GiB"}) as connection:
        for macro in MACROS:
            connection.execute(macro)
        sizes = {"n": customers, "invoices": INVOICES, "payments": PAYMENTS, "contacts": CONTACTS}
        for name, select in TABLES.items():
            query = _sized(select, sizes)
            given = connection.sql(f"SELECT * FROM ({query}) LIMIT 0").columns
            types = CANONICAL[name].types
            columns = ", ".join(
                f"{column}::{sql_type(kind)} AS {column}"
                if column in given
                else f"{'happened_at' if column == 'known_at' else 'NULL'}::{sql_type(kind)} AS {column}"
                for column, kind in types.items()
            )
            target = settings.tables / name / "part-0.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY (SELECT {columns} FROM ({query})) TO '{target}' (FORMAT parquet)")
    return perf_counter() - started


def write_elsewhere(settings: Settings, customers: int) -> None:
    """Write the tables in a process of their own, so that the memory it takes is not counted here."""
    writer = multiprocessing.get_context("spawn").Process(target=write, args=(settings, customers))
    writer.start()
    writer.join()
    if writer.exitcode:
        raise RuntimeError(f"writing the book ended with {writer.exitcode}")


def _sized(select: str, sizes: Mapping[str, int]) -> str:
    for name, size in sizes.items():
        select = select.replace("{" + name + "}", str(size))
    return select
