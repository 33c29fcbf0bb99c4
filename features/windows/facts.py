"""The canonical tables as the windows need them: some customers only, whole-number keys, no later knowledge erased.

``known`` is the later of ``happened_at`` and ``known_at``: from that instant on a row counts. Column ``n`` orders the
invoices of a contract by due date and identifier, so that nothing depends on the order of the files. Protected
attributes are not read.
"""

from regua import channels
from regua.vocabulary import RIGHT_PARTY_OUTCOMES, SLOT_HOURS

_MESSAGES, _SPOKEN = channels.quoted("message"), channels.quoted("voice")
_RIGHT_PARTY = ", ".join(f"'{outcome}'" for outcome in RIGHT_PARTY_OUTCOMES)

SLOT_BITS = 20
"""Room for the count of each slot of the day, side by side in one whole number."""

# One sum over all slots instead of one filtered count each.
_SLOT = f"""
CASE WHEN (channel IN {_MESSAGES} OR channel IN {_SPOKEN})
      AND local_hour(happened_at) BETWEEN {SLOT_HOURS[0]} AND {SLOT_HOURS[-1] + 1}
     THEN 1::HUGEINT << ((local_hour(happened_at) - {SLOT_HOURS[0]}) // 2 * {SLOT_BITS})::HUGEINT END
"""
_REACHED = f"""
CASE WHEN channel IN {_MESSAGES} AND read_at <= happened_at + INTERVAL 2 HOUR THEN read_at
     WHEN channel IN {_SPOKEN} AND outcome IN ({_RIGHT_PARTY}) THEN outcome_at END
"""


def _events(table: str, columns: str) -> tuple[str, str]:
    """Cut an event table to the customers at hand, with the instant each row counts from."""
    return (
        table,
        f"""
        SELECT who.c, {columns}, happened_at, greatest(happened_at, known_at) AS known
        FROM raw.{table} AS event JOIN who USING (customer_id)
        WHERE is_asked(customer_id)
        """,
    )


# Of several payments within one second the largest is the last: seconds lead the order, cents (up to 2^31) follow.
_RECENCY = "epoch_us(happened_at) // 1000000 * 2147483648 + least(payment.amount_cents, 2147483647)"

STEPS: tuple[tuple[str, str], ...] = (
    (
        "who",
        """
        SELECT row_number() OVER () AS c, customer_id, kind, region, income_band, customer_since,
               greatest(happened_at, known_at) AS known
        FROM raw.customers WHERE is_asked(customer_id)
        """,
    ),
    (
        "contracts",
        """
        SELECT row_number() OVER () AS k, who.c, contract_id, product, opened_on, closed_at, placed_at,
               credit_limit_cents, is_secured, greatest(happened_at, known_at) AS known
        FROM raw.contracts JOIN who USING (customer_id)
        WHERE is_asked(customer_id)
        """,
    ),
    (
        "billed",
        """
        SELECT row_number() OVER () AS i, k, c, invoice_id, issued_on, due_on, amount_cents,
               coalesce(reference_month, date_trunc('month', due_on))::DATE AS cycle, cancelled_at,
               greatest(happened_at, known_at) AS known,
               row_number() OVER (PARTITION BY k ORDER BY due_on NULLS LAST, invoice_id) AS n
        FROM raw.invoices AS invoice JOIN (SELECT k, c, contract_id FROM contracts) USING (contract_id)
        WHERE is_asked(customer_id)
        """,
    ),
    (
        "suspicions",
        """
        SELECT c, i, min(greatest(happened_at, known_at)) AS known
        FROM raw.suspicions JOIN billed USING (invoice_id)
        WHERE is_asked(customer_id) GROUP BY c, i
        """,
    ),
    (
        "payments",
        f"""
        SELECT contracts.k, contracts.c, billed.i, payment.amount_cents, method, happened_at,
               {_RECENCY} AS recency,
               local_day(happened_at) AS paid_on, greatest(happened_at, known_at) AS known,
               billed.amount_cents AS billed_cents, billed.known AS billed_known, billed.cancelled_at
        FROM raw.payments AS payment
        JOIN contracts USING (contract_id)
        LEFT JOIN billed ON billed.invoice_id = payment.invoice_id AND billed.k = contracts.k
        WHERE is_asked(payment.customer_id)
        """,
    ),
    (
        "contacts",
        f"""
        SELECT who.c, k, contact_point_id, channel, accepted_at, delivered_at, read_at, replied_at, outcome, outcome_at,
               cost_cents, offer, {_SLOT} AS slot, {_REACHED} AS reached_at,
               happened_at, greatest(happened_at, event.known_at) AS known
        FROM raw.contacts AS event JOIN who USING (customer_id)
        LEFT JOIN (SELECT k, contract_id FROM contracts) USING (contract_id)
        WHERE is_asked(customer_id)
        """,
    ),
    _events("contact_points", "contact_point_id, channel, status, status_at"),
    # The latest word counts; of two at one instant, the refusal.
    _events("consents", "channel, is_granted, epoch_us(happened_at) * 2 + (NOT is_granted)::BIGINT AS recency"),
    _events("promises", "amount_cents, promised_for, resolution, resolved_at"),
    _events("arrangements", "arrangement_id, resolution, resolved_at"),
    (
        "instalments",
        """
        SELECT c, arrangement_id, due_on, paid_at, greatest(event.happened_at, event.known_at) AS known
        FROM raw.arrangement_instalments AS event
        JOIN (SELECT c, arrangement_id FROM arrangements) USING (arrangement_id)
        WHERE is_asked(customer_id)
        """,
    ),
    _events("disputes", "event.kind, resolved_at"),
    _events("holds", "event.kind, ends_at, lifted_at"),
    _events("signals", "event.kind, cleared_at"),
)
