"""A bill for what is not owed: the contract had ended, or the same bill was already paid."""

from features.checks.rule import Rule

CLOSED = """
    SELECT i.invoice_id, 'contract closed ' || strftime(k.closed_at, '%Y-%m-%d') AS evidence,
           greatest(i.known_at, k.known_at, k.closed_at) AS known_at, NULL::TIMESTAMP AS settled_at
    FROM invoices i JOIN contracts k USING (contract_id)
    WHERE i.issued_on > k.closed_at::DATE
      -- A final bill for the month of closing, or in the month after where no month is written, is in order.
      AND CASE WHEN i.reference_month IS NULL THEN i.issued_on > k.closed_at::DATE + 31
               ELSE i.reference_month > k.closed_at::DATE END
"""

ALREADY_PAID = """
    SELECT i.invoice_id, 'paid as ' || paid.invoice_id AS evidence,
           greatest(i.known_at, paid.paid_at) AS known_at, NULL::TIMESTAMP AS settled_at
    FROM invoice_again i JOIN invoice_paid paid ON paid.invoice_id = i.first_id
    WHERE paid.paid_at <= i.known_at
"""

RULE = Rule(
    "undue_charge",
    {
        "pt-BR": "A fatura cobra depois do fim do contrato, ou cobra de novo o que já foi pago.",
        "en": "The bill charges after the contract ended, or charges again what was already paid.",
    },
    f"{CLOSED} UNION ALL {ALREADY_PAID}",
)
