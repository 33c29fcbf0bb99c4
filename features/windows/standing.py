r"""What each invoice still owed at each moment, and when it was paid.

A payment that names an invoice goes to it. What names none, names one that is cancelled or not yet known, or is left
over, is *loose*: it pays the contract's oldest open invoices first. All of it as known at the moment:

.. math::

    open_i = \min\bigl(r_i,\; \max(0,\; R_i - L)\bigr), \qquad R_i = \sum_{j \le i} r_j

where :math:`r_i` is what direct payments left of invoice *i*, invoices stand in order of due date, and *L* is the
contract's loose money. A cancelled invoice does not exist from the instant its cancellation is known.
"""

_DIRECT = """
SELECT c, k, i, amount_cents, paid_on, known, billed_cents, billed_known, cancelled_at,
       (sum(amount_cents) OVER prefix)::BIGINT AS paid_through,
       max(paid_on) OVER prefix AS last_paid_on
FROM payments WHERE i IS NOT NULL
WINDOW prefix AS (PARTITION BY i ORDER BY known, happened_at, amount_cents ROWS UNBOUNDED PRECEDING)
"""

_INVOICES = """
SELECT billed.*, settled_known, settled_on
FROM billed LEFT JOIN (
    SELECT i, min(known) AS settled_known, min(last_paid_on) AS settled_on
    FROM direct WHERE paid_through >= billed_cents GROUP BY i
) USING (i)
"""

_LOOSE = """
SELECT c, k, paid_on, amount_cents, known AS since, NULL::TIMESTAMP AS until FROM payments WHERE i IS NULL
UNION ALL
SELECT c, k, paid_on, least(amount_cents, paid_through - billed_cents), greatest(known, billed_known), cancelled_at
FROM direct WHERE paid_through > billed_cents
UNION ALL
SELECT c, k, paid_on, amount_cents, known, least(billed_known, cancelled_at)
FROM direct WHERE known < billed_known
UNION ALL
SELECT c, k, paid_on, amount_cents, greatest(known, cancelled_at), NULL
FROM direct WHERE cancelled_at IS NOT NULL
"""

_LOOSE_STEPS = """
SELECT m, k, paid_on, (sum(sum(amount_cents)) OVER (PARTITION BY m, k ORDER BY paid_on))::BIGINT AS loose_through
FROM loose JOIN moments USING (c) WHERE since <= t AND (until IS NULL OR until > t)
GROUP BY m, k, paid_on
"""

_POOL = "SELECT m, k, max(loose_through) AS pool_cents FROM loose_steps GROUP BY m, k"

_PART_PAID = """
SELECT m, i, max(paid_through) AS paid_cents, max(last_paid_on) AS paid_on
FROM direct JOIN moments USING (c)
WHERE known <= t AND paid_through < billed_cents GROUP BY m, i
"""

_KNOWN_INVOICES = """
SELECT m, k, i, n, issued_on, due_on, cycle, amount_cents,
       CASE WHEN settled_known <= t THEN 0 ELSE amount_cents - coalesce(paid_cents, 0) END AS left_cents,
       CASE WHEN settled_known <= t THEN settled_on ELSE paid_on END AS direct_on
FROM invoices
JOIN moments USING (c)
LEFT JOIN part_paid USING (m, i)
WHERE known <= t AND (cancelled_at IS NULL OR cancelled_at > t)
"""

_OWED = """
SELECT m, k, i, left_cents, direct_on, pool_cents,
       (sum(left_cents) OVER (PARTITION BY m, k ORDER BY n))::BIGINT AS owed_through
FROM known_invoices JOIN pool USING (m, k) WHERE left_cents > 0
"""

_WATERFALL = """
SELECT owed.m, i, greatest(0, least(left_cents, owed_through - pool_cents)) AS open_cents,
       CASE WHEN owed_through <= pool_cents THEN greatest(loose_steps.paid_on, direct_on) END AS settled_on
FROM owed ASOF LEFT JOIN loose_steps
  ON owed.m = loose_steps.m AND owed.k = loose_steps.k AND owed.owed_through <= loose_steps.loose_through
"""

_STANDING = """
SELECT m, k, i, n, due_on, issued_on, amount_cents, open_cents, settled_on, ended_on,
       open_cents > 0 AND due_on < today AS is_overdue,
       least(62, greatest(0, datediff('month', cycle, today))) AS cycles_ago,
       ended_on - due_on AS days_late
FROM (
    SELECT *, CASE WHEN open_cents = 0 THEN settled_on ELSE today END AS ended_on
    FROM (
        SELECT known_invoices.*, today, coalesce(open_cents, left_cents) AS open_cents,
               CASE WHEN coalesce(open_cents, left_cents) = 0 THEN coalesce(settled_on, direct_on) END AS settled_on
        FROM known_invoices JOIN moments USING (m) LEFT JOIN waterfall USING (m, i)
    )
)
"""

FACTS: tuple[tuple[str, str], ...] = (("direct", _DIRECT), ("invoices", _INVOICES), ("loose", _LOOSE))

STEPS: tuple[tuple[str, str], ...] = (
    ("loose_steps", _LOOSE_STEPS),
    ("pool", _POOL),
    ("part_paid", _PART_PAID),
    ("known_invoices", _KNOWN_INVOICES),
    ("owed", _OWED),
    ("waterfall", _WATERFALL),
    ("standing", _STANDING),
)
"""``standing`` has one row per invoice known at a moment *m*: ``open_cents``, ``settled_on`` and ``ended_on``, the day
its arrears ended or, if they have not, today."""
