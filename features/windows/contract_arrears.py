"""How far behind is this contract? Days past due, amounts open and overdue, and its past of being late."""

_INVOICE_FACTS = """
SELECT m, k,
       CASE WHEN count(due_on) > 0 THEN coalesce(today - min(due_on) FILTER (open_cents > 0), 0) END AS days_past_due,
       coalesce(sum(open_cents) FILTER (due_on < today), 0) AS balance_overdue_cents,
       sum(open_cents) AS balance_open_cents,
       count(*) FILTER (open_cents > 0 AND due_on < today) AS invoices_overdue,
       count(DISTINCT cycle) FILTER (open_cents > 0 AND due_on < today) AS cycles_past_due,
       arg_min(open_cents, n) FILTER (open_cents > 0 AND due_on < today) AS oldest_overdue_amount_cents,
       arg_max(amount_cents, (issued_on - DATE '1970-01-01')::BIGINT * 1000000 + n) AS invoice_amount_last_cents,
       round(avg(amount_cents) FILTER (issued_on > today - INTERVAL 6 MONTH)) AS invoice_amount_mean_6m_cents,
       avg(amount_cents) FILTER (issued_on > today - INTERVAL 3 MONTH)
         / nullif(avg(amount_cents) FILTER (issued_on <= today - INTERVAL 3 MONTH
                                            AND issued_on > today - INTERVAL 6 MONTH), 0) - 1 AS invoice_amount_trend_6m,
       max(ended_on - due_on) FILTER (due_on < today AND ended_on > today - INTERVAL 3 MONTH) AS late_3m,
       max(ended_on - due_on) FILTER (due_on < today AND ended_on > today - INTERVAL 6 MONTH) AS late_6m,
       max(ended_on - due_on) FILTER (due_on < today AND ended_on > today - INTERVAL 12 MONTH) AS late_12m,
       count(*) FILTER (due_on < today AND due_on > today - INTERVAL 12 MONTH AND ended_on - due_on >= 30)
         AS invoices_late_30d_12m,
       max(ended_on) FILTER (due_on < ended_on) AS last_late_on,
       arg_min(open_cents > 0 AND due_on < today, n) FILTER (due_on IS NOT NULL) AS is_first_invoice_unpaid,
       count(*) FILTER (open_cents > 0 AND suspicions.known <= t) AS suspect_invoices,
       count(due_on) > 0 AS is_billed
FROM standing JOIN (SELECT m, t FROM moments) USING (m) LEFT JOIN suspicions USING (i)
GROUP BY m, k, today
"""

_VIEW = """
SELECT m, k, c, contract_id, customer_id, product,
       today - opened_on AS contract_age_days,
       days_past_due, balance_overdue_cents, balance_open_cents,
       balance_overdue_cents / nullif(balance_open_cents, 0) AS share_overdue,
       invoices_overdue, cycles_past_due, oldest_overdue_amount_cents,
       invoice_amount_last_cents, invoice_amount_mean_6m_cents, invoice_amount_trend_6m,
       CASE WHEN is_billed THEN greatest(late_3m, 0) END AS max_days_past_due_3m,
       CASE WHEN is_billed THEN greatest(late_6m, 0) END AS max_days_past_due_6m,
       CASE WHEN is_billed THEN greatest(late_12m, 0) END AS max_days_past_due_12m,
       invoices_late_30d_12m,
       datesub('month', last_late_on, today) AS months_since_last_arrears,
       balance_open_cents / nullif(credit_limit_cents, 0) AS limit_use,
       credit_limit_cents, is_secured, is_first_invoice_unpaid, suspect_invoices,
       coalesce(placed_at <= t, false) AS is_placed,
       coalesce(closed_at <= t, false) AS is_closed, is_billed
FROM contracts
JOIN moments ON contracts.known <= t
JOIN (SELECT c, customer_id FROM who) USING (c)
LEFT JOIN invoice_facts USING (m, k)
"""

STEPS: tuple[tuple[str, str], ...] = (("invoice_facts", _INVOICE_FACTS), ("contract_arrears", _VIEW))
