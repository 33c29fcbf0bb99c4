"""How far behind is this contract? Days past due, amounts open and overdue, and its past of being late."""

from regua import channels

# Months are counted as bits, which takes a fraction of the time of counting distinct dates.
_INVOICE_FACTS = """
SELECT m, k, count(due_on) > 0 AS is_billed,
       min(due_on) FILTER (open_cents > 0) AS oldest_due_on,
       sum(open_cents) FILTER (is_overdue) AS overdue_cents,
       sum(open_cents) AS balance_open_cents,
       count(*) FILTER (is_overdue) AS invoices_overdue,
       bit_count(bit_or(1::BIGINT << cycles_ago) FILTER (is_overdue)) AS cycles_past_due,
       arg_min(open_cents, n) FILTER (is_overdue) AS oldest_overdue_amount_cents,
       arg_max(amount_cents, datediff('day', DATE '1970-01-01', issued_on) * 1000000 + n) AS invoice_amount_last_cents,
       sum(amount_cents) FILTER (issued_on > months_ago_3) AS amount_3m,
       count(*) FILTER (issued_on > months_ago_3) AS issued_3m,
       sum(amount_cents) FILTER (issued_on > months_ago_6) AS amount_6m,
       count(*) FILTER (issued_on > months_ago_6) AS issued_6m,
       max(days_late) FILTER (ended_on > months_ago_3) AS late_3m,
       max(days_late) FILTER (ended_on > months_ago_6) AS late_6m,
       max(days_late) FILTER (ended_on > months_ago_12) AS late_12m,
       count(*) FILTER (days_late >= 30 AND due_on > months_ago_12) AS invoices_late_30d_12m,
       max(ended_on) FILTER (days_late >= 1) AS last_late_on,
       arg_min(is_overdue, n) AS is_first_invoice_unpaid
FROM standing JOIN moments USING (m)
GROUP BY m, k
"""

_SUSPECTS = """
SELECT m, k, count(*) AS suspect_invoices
FROM suspicions JOIN moments USING (c) JOIN standing USING (m, i)
WHERE known <= t AND open_cents > 0 GROUP BY m, k
"""

# A call that names no contract may have been about any of them.
_CALLS = f"""
SELECT m, contracts.k, count(*) AS contract_calls_7d
FROM contacts JOIN moments USING (c) JOIN contracts USING (c)
WHERE channel IN {channels.quoted("voice")} AND contacts.known <= t AND happened_at > days_ago_7
  AND coalesce(contacts.k, contracts.k) = contracts.k
GROUP BY m, contracts.k
"""

_VIEW = """
SELECT m, k, c, contract_id, customer_id, product,
       today - opened_on AS contract_age_days,
       CASE WHEN is_billed THEN coalesce(today - oldest_due_on, 0) END AS days_past_due,
       CASE WHEN balance_open_cents IS NOT NULL THEN coalesce(overdue_cents, 0) END AS balance_overdue_cents,
       balance_open_cents,
       balance_overdue_cents / nullif(balance_open_cents, 0) AS share_overdue,
       invoices_overdue, cycles_past_due, oldest_overdue_amount_cents,
       invoice_amount_last_cents,
       round(amount_6m / nullif(issued_6m, 0)) AS invoice_amount_mean_6m_cents,
       (amount_3m / issued_3m) / nullif((amount_6m - amount_3m) / nullif(issued_6m - issued_3m, 0), 0) - 1
         AS invoice_amount_trend_6m,
       CASE WHEN is_billed THEN greatest(late_3m, 0) END AS max_days_past_due_3m,
       CASE WHEN is_billed THEN greatest(late_6m, 0) END AS max_days_past_due_6m,
       CASE WHEN is_billed THEN greatest(late_12m, 0) END AS max_days_past_due_12m,
       invoices_late_30d_12m,
       datesub('month', last_late_on, today) AS months_since_last_arrears,
       balance_open_cents / nullif(credit_limit_cents, 0) AS limit_use,
       credit_limit_cents, is_secured, is_first_invoice_unpaid,
       CASE WHEN balance_open_cents IS NOT NULL THEN coalesce(suspect_invoices, 0) END AS suspect_invoices,
       coalesce(placed_at <= t, false) AS is_placed,
       coalesce(contract_calls_7d, 0) AS contract_calls_7d,
       coalesce(closed_at <= t, false) AS is_closed, is_billed
FROM contracts
JOIN moments USING (c)
JOIN (SELECT c, customer_id FROM who) USING (c)
LEFT JOIN invoice_facts USING (m, k)
LEFT JOIN suspects USING (m, k)
LEFT JOIN calls USING (m, k)
WHERE contracts.known <= t
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("invoice_facts", _INVOICE_FACTS),
    ("suspects", _SUSPECTS),
    ("calls", _CALLS),
    ("contract_arrears", _VIEW),
)
