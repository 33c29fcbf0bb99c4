"""What the fields and values of conditions are called, where the name itself does not read as words."""

_PORTUGUESE = {
    "ability_band": "faixa de capacidade de pagar",
    "attempts_30d": "tentativas em 30 dias",
    "attempts_7d": "tentativas em 7 dias",
    "attempts_90d": "tentativas em 90 dias",
    "auto_debit_share_12m": "parcela paga por débito automático em 12 meses",
    "balance_open": "saldo em aberto",
    "balance_overdue": "saldo vencido",
    "claim_hold_days": "dias de espera pela conferência",
    "connects_90d": "conversas em 90 dias",
    "consent_letter": "aceita carta",
    "contact_points_valid": "contatos válidos",
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
    "days_past_promise": "dias depois da data prometida",
    "days_since_arrangement_missed": "dias desde a parcela perdida do acordo",
    "days_since_bill_unopened": "dias com a fatura sem abrir",
    "days_since_hardship_declared": "dias desde que declarou dificuldade",
    "days_since_human_requested": "dias desde que pediu uma pessoa",
    "days_since_income_shock": "dias desde a queda de renda",
    "days_since_last_broken_promise": "dias desde a última promessa quebrada",
    "days_since_last_contact": "dias desde o último contato",
    "days_since_last_payment": "dias desde o último pagamento",
    "days_since_listed": "dias desde a negativação",
    "days_since_paid_claim": "dias desde que alegou pagamento",
    "days_since_payment_failed": "dias desde o pagamento recusado",
    "days_since_written_off": "dias desde a baixa",
    "days_to_pay_day": "dias até o dia de pagamento",
    "days_to_pay_mean_12m": "atraso médio em dias em 12 meses",
    "days_to_promise": "dias até a data prometida",
    "delivered_share_90d": "parcela de contatos entregues em 90 dias",
    "essential_service": "é serviço essencial",
    "grace_days": "dias de carência",
    "has_open_dispute": "tem contestação aberta",
    "has_open_promise": "tem promessa em aberto",
    "has_paid_claim": "alega pagamento",
    "has_point_email": "tem e-mail",
    "has_point_letter": "tem endereço",
    "has_point_push": "tem o aplicativo",
    "has_point_sms": "tem celular para SMS",
    "has_point_whatsapp": "tem WhatsApp",
    "has_profile": "tem perfil",
    "high_value": "é de alto valor",
    "hold_bits": "bloqueios",
    "hours_since_last_contact": "horas desde o último contato",
    "hours_since_last_conversation": "horas desde a última conversa",
    "income_band": "faixa de renda",
    "invoices_overdue": "faturas vencidas",
    "is_company": "é pessoa jurídica",
    "is_disaster": "está em região de calamidade",
    "is_first_invoice_unpaid": "não pagou a primeira fatura",
    "is_placed": "está com assessoria",
    "is_secured": "tem garantia",
    "is_thirteenth_salary_month": "está em mês de 13º salário",
    "journey": "jornada",
    "journey_day": "dia da jornada",
    "kind": "tipo de cliente",
    "last_channel": "último canal",
    "last_contact_state": "situação do último contato",
    "last_journey_exit": "saída da última jornada",
    "last_offer": "última oferta",
    "last_topic": "último assunto",
    "limit_use": "uso do limite",
    "max_days_past_due_3m": "maior atraso em 3 meses",
    "on_time_share_12m": "parcela paga em dia em 12 meses",
    "open_promise": "valor prometido em aberto",
    "p_roll": "probabilidade de rolagem",
    "p_self_cure": "probabilidade de autocura",
    "partial_payments_12m": "pagamentos parciais em 12 meses",
    "pay_to_due_ratio_6m": "pago sobre devido em 6 meses",
    "payments_30d": "pagamentos em 30 dias",
    "payments_90d": "pagamentos em 90 dias",
    "pre_due_band": "risco antes do vencimento",
    "product": "produto",
    "promise_hold_days": "dias de tolerância da promessa",
    "promise_kept_share_365d": "parcela de promessas cumpridas em 365 dias",
    "promises_broken_365d": "promessas quebradas em 365 dias",
    "promises_kept_365d": "promessas cumpridas em 365 dias",
    "read_share_90d": "parcela de contatos lidos em 90 dias",
    "recurring_service": "é serviço recorrente",
    "region": "estado",
    "replies_90d": "respostas em 90 dias",
    "risk_band": "faixa de risco",
    "self_cure_band": "faixa de autocura",
    "step_last": "último passo dado",
    "suspect_invoices": "faturas suspeitas",
    "thirteenth_salary": "é mês de 13º salário",
    "unanswered_in_a_row": "mensagens seguidas sem resposta",
    "value_at_stake": "valor em risco",
    "willingness_band": "faixa de disposição de pagar",
}
_ENGLISH = {
    "days_past_promise": "days past the promised day",
    "days_since_arrangement_missed": "days since an instalment was missed",
    "days_since_bill_unopened": "days the bill has lain unopened",
    "days_since_hardship_declared": "days since hardship was declared",
    "days_since_human_requested": "days since a person was asked for",
    "days_since_income_shock": "days since income fell",
    "days_since_payment_failed": "days since a payment failed",
    "grace_days": "days of grace",
    "hold_bits": "holds",
    "last_contact_state": "state of the last contact",
    "p_roll": "chance of rolling",
    "p_self_cure": "chance of self-cure",
    "step_last": "last step taken",
}
_HOLDS = {
    "hold_cease_all": ("pediu silêncio", "asked for silence"),
    "hold_wrong_party": ("pessoa errada", "wrong party"),
    "hold_dispute_open": ("contestação aberta", "open dispute"),
    "hold_paid_claim_pending": ("pagamento alegado", "claimed payment"),
    "hold_promise_pending": ("promessa em aberto", "open promise"),
    "hold_arrangement_current": ("acordo em vigor", "arrangement in force"),
    "hold_hardship_review": ("dificuldade em análise", "hardship under review"),
    "hold_vulnerable": ("cliente vulnerável", "vulnerable customer"),
    "hold_breathing_space": ("prazo legal de respiro", "breathing space by law"),
    "hold_over_indebted": ("superendividamento", "over-indebtedness"),
    "hold_bankruptcy": ("falência ou recuperação judicial", "bankruptcy"),
    "hold_deceased": ("óbito", "death"),
    "hold_attorney_represented": ("advogado constituído", "represented by a lawyer"),
    "hold_litigation": ("processo judicial", "lawsuit"),
    "hold_fraud_claim": ("alegação de fraude", "claim of fraud"),
    "hold_minor": ("menor de idade", "minor"),
    "hold_disaster_pause": ("calamidade", "disaster"),
    "hold_human_review_requested": ("pediu revisão por pessoa", "asked for review by a person"),
    "hold_suspect_invoice": ("fatura suspeita", "suspect invoice"),
    "hold_placed_with_agency": ("com assessoria", "placed with an agency"),
    "hold_time_barred": ("dívida prescrita", "time-barred debt"),
}
"""Each hold in Portuguese and in English, said as "has a hold: …"."""
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
    if name in _HOLDS:
        portuguese, english = _HOLDS[name]
        return f"tem bloqueio: {portuguese}" if language == "pt-BR" else f"has a hold: {english}"
    return (_PORTUGUESE if language == "pt-BR" else _ENGLISH).get(name, name.replace("_", " "))


def value_words(value: str, language: str) -> str:
    """Call a value of a closed set by its words; what has none stands in quotes.

    Examples
    --------
    >>> value_words("low", "pt-BR"), value_words("SP", "en")
    ('“baixa”', '“SP”')
    """
    shown = _PORTUGUESE_VALUES.get(value, value) if language == "pt-BR" else value.replace("_", " ")
    return f"“{shown}”"
