"""A bill for another quantity than was used."""

from features.checks.rule import Rule

RULE = Rule(
    "billed_not_consumed",
    {
        "pt-BR": "A quantidade cobrada difere da quantidade consumida.",
        "en": "The quantity billed differs from the quantity consumed.",
    },
    """
    SELECT i.invoice_id,
           item.description_code || ': billed ' || item.billed_quantity || ', used ' || item.consumed_quantity
               AS evidence,
           greatest(i.known_at, item.known_at) AS known_at, NULL::TIMESTAMP AS settled_at
    FROM invoices i JOIN invoice_items item USING (invoice_id)
    -- Meters and bills round: a thousandth is no difference.
    WHERE abs(item.billed_quantity - item.consumed_quantity) > 0.001 * greatest(1, item.consumed_quantity)
    """,
)
