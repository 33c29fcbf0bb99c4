"""What the fields and values of conditions are called, where the name itself does not read as words."""

_PORTUGUESE = {
    "attempts_7d": "tentativas em 7 dias",
    "attempts_30d": "tentativas em 30 dias",
    "balance_open": "saldo em aberto",
    "balance_overdue": "saldo vencido",
    "contactability_band": "faixa de contatabilidade",
    "contract_age_days": "idade do contrato em dias",
    "contracts_in_arrears": "contratos em atraso",
    "credit_limit": "limite de crédito",
    "customer_balance_overdue": "saldo vencido do cliente",
    "customer_tenure_days": "dias como cliente",
    "cycles_past_due": "ciclos em atraso",
    "day_of_month": "dia do mês",
    "day_of_week": "dia da semana",
    "days_past_due": "dias em atraso",
    "days_since_last_broken_promise": "dias desde a última promessa quebrada",
    "days_since_last_contact": "dias desde o último contato",
    "days_since_last_payment": "dias desde o último pagamento",
    "days_since_paid_claim": "dias desde que alegou pagamento",
    "days_to_pay_day": "dias até o dia de pagamento",
    "days_to_promise": "dias até a data prometida",
    "has_open_dispute": "tem contestação aberta",
    "has_open_promise": "tem promessa em aberto",
    "has_paid_claim": "alega pagamento",
    "has_profile": "tem perfil",
    "hours_since_last_contact": "horas desde o último contato",
    "income_band": "faixa de renda",
    "invoices_overdue": "faturas vencidas",
    "is_disaster": "está em região de calamidade",
    "is_first_invoice_unpaid": "não pagou a primeira fatura",
    "is_last_contact_read": "leu o último contato",
    "is_placed": "está com assessoria",
    "is_secured": "tem garantia",
    "is_thirteenth_salary_month": "está em mês de 13º salário",
    "journey": "jornada",
    "journey_day": "dia da jornada",
    "kind": "tipo de cliente",
    "last_journey_exit": "saída da última jornada",
    "on_time_share_12m": "parcela paga em dia em 12 meses",
    "open_promise": "valor prometido em aberto",
    "p_roll": "probabilidade de rolagem",
    "p_self_cure": "probabilidade de autocura",
    "payments_90d": "pagamentos em 90 dias",
    "product": "produto",
    "promises_broken_365d": "promessas quebradas em 365 dias",
    "promises_kept_365d": "promessas cumpridas em 365 dias",
    "region": "estado",
    "risk_band": "faixa de risco",
    "self_cure_band": "faixa de autocura",
    "suspect_invoices": "faturas suspeitas",
    "value_at_stake": "valor em risco",
}
_PORTUGUESE_VALUES = {
    "low": "baixa",
    "medium": "média",
    "high": "alta",
    "person": "pessoa física",
    "company": "pessoa jurídica",
    "card": "cartão",
    "personal_loan": "empréstimo pessoal",
    "telecom": "telecom",
    "utility": "conta de consumo",
    "retail_credit": "crédito de varejo",
    "fine": "multa",
    "other": "outro",
}


def field_words(name: str, language: str) -> str:
    """Call a field by its words.

    Examples
    --------
    >>> field_words("days_past_due", "pt-BR"), field_words("days_past_due", "en")
    ('dias em atraso', 'days past due')
    """
    plain = name.replace("_", " ")
    return _PORTUGUESE.get(name, plain) if language == "pt-BR" else plain


def value_words(value: str, language: str) -> str:
    """Call a value of a closed set by its words; what has none stands in quotes.

    Examples
    --------
    >>> value_words("low", "pt-BR"), value_words("SP", "en")
    ('“baixa”', '“SP”')
    """
    shown = _PORTUGUESE_VALUES.get(value, value) if language == "pt-BR" else value.replace("_", " ")
    return f"“{shown}”"
