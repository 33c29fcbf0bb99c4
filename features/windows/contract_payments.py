"""How does this contract pay? How often, how much, how late, by what means, and how often it cured."""

_PAID = """
SELECT m, k,
       count(*) FILTER (happened_at > days_ago_30) AS payments_30d,
       count(*) FILTER (happened_at > days_ago_90) AS payments_90d,
       count(*) FILTER (happened_at > days_ago_365) AS payments_365d,
       coalesce(sum(amount_cents) FILTER (happened_at > days_ago_30), 0) AS paid_30d_cents,
       coalesce(sum(amount_cents) FILTER (happened_at > days_ago_90), 0) AS paid_90d_cents,
       coalesce(sum(amount_cents) FILTER (paid_on > months_ago_6), 0) AS paid_6m_cents,
       today - max(paid_on) AS days_since_last_payment,
       arg_max(amount_cents, recency) AS last_payment_cents,
       count(method) FILTER (paid_on > months_ago_12) AS methods_12m,
       count(*) FILTER (paid_on > months_ago_12 AND method = 'auto_debit') AS auto_debits_12m,
       count(*) FILTER (paid_on > months_ago_12 AND method = 'pix') AS pix_12m
FROM payments JOIN moments USING (c) WHERE known <= t
GROUP BY m, k, today
"""

_PAID_INVOICES = """
SELECT m, k,
       sum(amount_cents) FILTER (due_on > months_ago_6) AS due_6m_cents,
       count(*) AS due_12m,
       count(*) FILTER (settled_on <= due_on) AS on_time_12m,
       count(settled_on) AS settled_12m,
       sum(settled_on - due_on) AS days_12m,
       sum((settled_on - due_on) * (settled_on - due_on)) AS squares_12m
FROM standing JOIN moments USING (m) WHERE due_on <= today AND due_on > months_ago_12
GROUP BY m, k
"""

_PARTIAL = """
SELECT m, k, count(*) AS partial_payments_12m FROM (
    SELECT m, k FROM direct JOIN moments USING (c)
    WHERE known <= t AND billed_known <= t AND (cancelled_at IS NULL OR cancelled_at > t)
      AND paid_through < billed_cents AND paid_on > months_ago_12
    UNION ALL
    SELECT loose_steps.m, loose_steps.k
    FROM loose_steps JOIN moments USING (m) ASOF JOIN owed
      ON loose_steps.m = owed.m AND loose_steps.k = owed.k AND loose_steps.loose_through <= owed.owed_through
    WHERE loose_through < owed_through AND loose_steps.paid_on > months_ago_12
) GROUP BY m, k
"""

# A run of late invoices ends where the next late one falls due no earlier than all before it were paid.
_CURES = """
SELECT m, k, count(*) AS cures_12m FROM (
    SELECT m, k, today, months_ago_12, lead(due_on) OVER run AS next_due_on,
           max(coalesce(settled_on, DATE '9999-12-31')) OVER (run ROWS UNBOUNDED PRECEDING) AS cured_on
    FROM standing JOIN moments USING (m) WHERE days_late >= 1
    WINDOW run AS (PARTITION BY m, k ORDER BY n)
) WHERE (next_due_on IS NULL OR next_due_on >= cured_on) AND cured_on <= today AND cured_on > months_ago_12
GROUP BY m, k
"""

_VIEW = """
SELECT m, contract_id, customer_id,
       coalesce(payments_30d, 0) AS payments_30d,
       coalesce(payments_90d, 0) AS payments_90d,
       coalesce(payments_365d, 0) AS payments_365d,
       coalesce(paid_30d_cents, 0) AS paid_30d_cents,
       coalesce(paid_90d_cents, 0) AS paid_90d_cents,
       coalesce(paid_6m_cents, 0) / nullif(due_6m_cents, 0) AS pay_to_due_ratio_6m,
       days_12m / nullif(settled_12m, 0) AS days_to_pay_mean_12m,
       CASE WHEN settled_12m > 1
            THEN sqrt((squares_12m * settled_12m - days_12m * days_12m) / (settled_12m * (settled_12m - 1)))
       END AS days_to_pay_std_12m,
       on_time_12m / due_12m AS on_time_share_12m,
       coalesce(partial_payments_12m, 0) AS partial_payments_12m,
       days_since_last_payment, last_payment_cents,
       auto_debits_12m / nullif(methods_12m, 0) AS auto_debit_share_12m,
       pix_12m / nullif(methods_12m, 0) AS pix_share_12m,
       CASE WHEN is_billed THEN coalesce(cures_12m, 0) END AS cures_12m
FROM contract_arrears
LEFT JOIN paid USING (m, k)
LEFT JOIN paid_invoices USING (m, k)
LEFT JOIN partial_payments USING (m, k)
LEFT JOIN cures USING (m, k)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("paid", _PAID),
    ("paid_invoices", _PAID_INVOICES),
    ("partial_payments", _PARTIAL),
    ("cures", _CURES),
    ("contract_payments", _VIEW),
)
