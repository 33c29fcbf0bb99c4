"""The same bill twice, while the first still stands."""

from features.checks.rule import Rule

RULE = Rule(
    "duplicate_invoice",
    {
        "pt-BR": "A mesma cobrança (contrato, mês e valor) foi faturada duas vezes.",
        "en": "The same charge (contract, month and amount) was billed twice.",
    },
    """
    SELECT i.invoice_id, 'same as ' || i.first_id AS evidence, i.known_at, i.first_cancelled_at AS settled_at
    FROM invoice_again i LEFT JOIN invoice_paid paid ON paid.invoice_id = i.first_id AND paid.paid_at <= i.known_at
    -- Where the first was paid before, it is an undue charge, and one doubt is enough.
    WHERE paid.invoice_id IS NULL
    """,
)
