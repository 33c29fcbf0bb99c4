"""A bill that does not add up."""

from features.checks.rule import Rule

LINE = """
    SELECT i.invoice_id,
           item.description_code || ': ' || item.billed_quantity || ' x ' || item.unit_price_cents
               || ' is not ' || item.amount_cents AS evidence,
           greatest(i.known_at, item.known_at) AS known_at, NULL::TIMESTAMP AS settled_at
    FROM invoices i JOIN invoice_items item USING (invoice_id)
    -- Quantity times price rounds to a cent, up or down.
    WHERE abs(item.billed_quantity * item.unit_price_cents - item.amount_cents) > 1.0
"""

TOTAL = """
    SELECT i.invoice_id, 'items add up to ' || total.amount_cents || ', billed ' || i.amount_cents AS evidence,
           greatest(i.known_at, total.known_at) AS known_at, NULL::TIMESTAMP AS settled_at
    FROM invoices i
    JOIN (SELECT invoice_id, sum(amount_cents) AS amount_cents, max(known_at) AS known_at
          FROM invoice_items GROUP BY invoice_id) total USING (invoice_id)
    WHERE total.amount_cents <> i.amount_cents
"""

RULE = Rule(
    "wrong_arithmetic",
    {
        "pt-BR": "A conta não fecha: quantidade vezes preço, ou a soma dos itens, difere do valor cobrado.",
        "en": "The bill does not add up: quantity times price, or the sum of the items, differs from the amount.",
    },
    f"{LINE} UNION ALL {TOTAL}",
)
