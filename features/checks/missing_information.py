"""A bill that lacks what one needs to understand or pay it."""

from features.checks.rule import Rule

_USUAL = 0.5

RULE = Rule(
    "missing_information",
    {
        "pt-BR": "Falta na fatura o vencimento, o mês de referência ou o código de pagamento.",
        "en": "The bill lacks its due date, its reference month or its payment code.",
    },
    f"""
    SELECT i.invoice_id,
           concat_ws(', ',
               CASE WHEN i.due_on IS NULL THEN 'due date' END,
               CASE WHEN i.reference_month IS NULL AND usual.months >= {_USUAL} THEN 'reference month' END,
               CASE WHEN i.has_payment_code IS NOT TRUE AND usual.codes >= {_USUAL} THEN 'payment code' END
           ) AS evidence,
           i.known_at, NULL::TIMESTAMP AS settled_at
    FROM invoices i
    JOIN contracts k USING (contract_id)
    -- What no bill of a product carries is not missing from one of them: the house does not send it.
    JOIN product_usual usual USING (product)
    WHERE i.due_on IS NULL
       OR (i.reference_month IS NULL AND usual.months >= {_USUAL})
       OR (i.has_payment_code IS NOT TRUE AND usual.codes >= {_USUAL})
    """,
)
