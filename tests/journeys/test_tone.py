"""How a house speaks: harsh words are found in both languages, and plain ones raise no alarm."""

import pytest

from journeys.book import compile_book, sources
from journeys.book.book import HOME
from journeys.book.tone import fold
from regua.errors import BookError


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("pt-BR", "Pague ou tomaremos seus bens.", "threat"),
        ("pt-BR", "Sabemos onde você trabalha e vamos avisar seu chefe.", "threat"),
        ("pt-BR", "Você pode ser preso se não pagar", "threat"),
        ("pt-BR", "NÃO ADIANTA FUGIR!!!", "threat"),
        ("pt-BR", "Tomaremos as providências cabíveis.", "threat"),
        ("pt-BR", "Você é um mau pagador", "shame"),
        ("pt-BR", "caloteiros não passam", "shame"),
        ("pt-BR", "Seu nome está sujo? Limpe o nome sujo", "shame"),
        ("pt-BR", "Senhor devedor, sem   palavra...", "shame"),
        ("pt-BR", "URGENTE: pague hoje", "false_urgency"),
        ("pt-BR", "Pague ime\u200bdiatamente", "false_urgency"),
        ("pt-BR", "É só hoje, corra!", "false_urgency"),
        ("pt-BR", "Último aviso", "false_urgency"),
        ("pt-BR", "Seu nome irá para o SERASA", "legal"),
        ("pt-BR", "O título será protestado em cartório", "legal"),
        ("pt-BR", "entraremos com ação judicial", "legal"),
        ("pt-BR", "Promoção imperdível", "advertising"),
        ("pt-BR", "Sua dívida de {amount}", "collection_words"),
        ("en", "Pay or else.", "threat"),
        ("en", "We will tell your employer", "threat"),
        ("en", "You'll go to jail", "threat"),
        ("en", "Don't force us", "threat"),
        ("en", "You are a deadbeat", "shame"),
        ("en", "As a debtor you must", "shame"),
        ("en", "URGENT notice", "false_urgency"),
        ("en", "Act now, final warning", "false_urgency"),
        ("en", "We will take legal action in court", "legal"),
        ("en", "A lawsuit follows", "legal"),
        ("en", "Your debt of {amount}", "collection_words"),
    ],
)
def test_harsh_words_are_found(book, language, text, rule):
    assert rule in {slip.rule for slip in book.tone.slips(text, language)}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt-BR", "Esta é a sua última fatura do contrato."),
        ("pt-BR", "Pague ou combine outra data, como preferir."),
        ("pt-BR", "O último pagamento foi recebido. Obrigado!"),
        ("pt-BR", "Fale com contas a pagar."),
        ("pt-BR", "Sua fatura vence hoje. Se já pagou, desconsidere."),
        ("pt-BR", "O combinado de {amount} ficou em aberto."),
        ("pt-BR", "A oferta vale até {valid_until}."),
        ("pt-BR", "Escolha o dia que for melhor; nada disso é obrigatório."),
        ("pt-BR", "Prestação de contas, justo e certo, processo de pagamento."),
        ("en", "This is the last bill of your contract."),
        ("en", "Your payment is being processed by the bank."),
        ("en", "It is due today. If you have paid, please ignore this."),
        ("en", "You can pay or talk with us on {phone}."),
        ("en", "Issue date, tissue, pursue, courtesy."),
        ("en", "The offer holds until {valid_until}."),
    ],
)
def test_plain_words_raise_no_alarm(book, language, text):
    strict = {name for name, rule in book.tone.rules.items() if rule.channels is None}
    assert not [slip for slip in book.tone.slips(text, language) if slip.rule in strict]


def test_capitals_accents_signs_and_hidden_letters_hide_nothing():
    assert fold("ÚL-TI_MO\u200b   aviso!!") == fold("ul ti_mo aviso")


@pytest.fixture(scope="module")
def files():
    return sources(HOME)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('words:\n      pt-BR: ["voce', 'words:\n      pt-BR: ["*", "voce', "without a word"),
        ("in: [collection, service]", "in: [dunning]", "in"),
        ("  threat:", "  Threat:", "Threat"),
    ],
)
def test_a_rule_of_tone_that_cannot_be_meant_is_refused(files, old, new, says):
    assert old in files["tone.yaml"]
    with pytest.raises(BookError, match=says):
        compile_book(files | {"tone.yaml": files["tone.yaml"].replace(old, new, 1)})
