"""Conditions as sentences, in both languages."""

import pytest

from regua.predicates import Field, FieldKind, in_words, parse

FIELDS = {
    field.name: field
    for field in (
        Field("days_past_due", FieldKind.NUMBER),
        Field("p_self_cure", FieldKind.NUMBER),
        Field("balance_overdue", FieldKind.MONEY),
        Field("balance_open", FieldKind.MONEY),
        Field("has_open_dispute", FieldKind.FLAG),
        Field("is_placed", FieldKind.FLAG),
        Field("consent_sms", FieldKind.FLAG),
        Field("income_band", FieldKind.TEXT, ("low", "medium", "high")),
        Field("region", FieldKind.TEXT),
    )
}


@pytest.mark.parametrize(
    ("text", "portuguese", "english"),
    [
        ("days_past_due BETWEEN 5 AND 30", "dias em atraso: entre 5 e 30", "days past due is between 5 and 30"),
        (
            "days_past_due NOT BETWEEN 5 AND 30",
            "dias em atraso: fora de 5 a 30",
            "days past due is not between 5 and 30",
        ),
        ("p_self_cure < 0.6", "probabilidade de autocura: menos de 0,6", "chance of self-cure is less than 0.6"),
        ("NOT p_self_cure < 0.6", "probabilidade de autocura: no mínimo 0,6", "chance of self-cure is at least 0.6"),
        (
            "balance_overdue >= 1234.5",
            "saldo vencido: no mínimo R$ 1.234,50",
            "balance overdue is at least R$ 1,234.50",
        ),
        (
            "balance_overdue < balance_open",
            "saldo vencido: menos de saldo em aberto",
            "balance overdue is less than balance open",
        ),
        ("has_open_dispute", "tem contestação aberta", "has open dispute"),
        ("NOT has_open_dispute", "não tem contestação aberta", "has no open dispute"),
        ("NOT is_placed", "não está com assessoria", "is not placed"),
        ("NOT consent_sms", "não consent sms", "not so: consent sms"),
        ("income_band IN ('low', 'high')", "faixa de renda: “baixa” ou “alta”", "income band is “low” or “high”"),
        (
            "income_band NOT IN ('low', 'high')",
            "faixa de renda: nem “baixa” nem “alta”",
            "income band is neither “low” nor “high”",
        ),
        ("region NOT IN ('SP')", "estado: diferente de “SP”", "region is not “SP”"),
        ("region IS NULL", "não se sabe: estado", "region is unknown"),
        ("region IS NOT NULL", "se sabe: estado", "region is known"),
        ("TRUE", "sempre", "always"),
        ("NOT TRUE OR FALSE", "nunca ou nunca", "never or never"),
        (
            "days_past_due > 5 AND (is_placed OR region = 'SP')",
            "dias em atraso: mais de 5 e (está com assessoria ou estado: igual a “SP”)",
            "days past due is more than 5 and (is placed or region is “SP”)",
        ),
        (
            "NOT (is_placed AND has_open_dispute)",
            "não é verdade que (está com assessoria e tem contestação aberta)",
            "it is not true that (is placed and has open dispute)",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(text, portuguese, english):
    tree = parse(text, FIELDS)
    assert in_words(tree, "pt-BR") == portuguese
    assert in_words(tree, "en") == english


def test_a_caller_may_name_the_fields():
    tree = parse("consent_sms AND days_past_due = 3", FIELDS)
    assert in_words(tree, "en", {"consent_sms": "agreed to SMS"}) == "agreed to SMS and days past due is 3"
