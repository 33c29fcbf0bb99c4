"""One content, every channel: what is written, what is refused, and that values stay data."""

import itertools
import unicodedata
from dataclasses import fields
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as some

from journeys.book import compile_book, load, sources
from journeys.book.book import HOME
from journeys.rendering import render, sms
from journeys.rendering.codes import barcode, pix
from journeys.rendering.facts import facts_of
from journeys.rendering.samples import longest, samples
from regua.errors import BookError, DataError
from regua.records import Decision

PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-426655440000"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
BOLETO = "00190500954014481606906809350314337370000000100"


@pytest.fixture(scope="module")
def facts(book):
    return dict(samples(book))


def test_every_message_reads_whole_on_every_channel_that_carries_it(book):
    for rung, language in itertools.product(book.messages.known, ("pt-BR", "en")):
        channel, _, name = rung.partition("/")
        told = render(book, name, channel, language, longest(book))
        content = book.channels.of(channel).content
        assert "{" not in told.body + (told.subject or ""), rung
        assert told.length <= content.longest_chars, (rung, language, told.length)
        assert told.parts <= (content.most_parts or 1), (rung, language, told.parts)
        assert (told.subject is not None) == content.subject
        assert len(told.subject or "") <= content.longest_subject_chars, (rung, language)
        assert len(told.buttons) <= content.buttons


def test_every_document_of_collection_names_the_creditor_its_address_and_its_document(book, facts):
    creditor = book.creditors.of()
    for rung, message in book.messages.known.items():
        channel, _, name = rung.partition("/")
        if message.asks_for_money and book.channels.of(channel).names_creditor != "name":
            body = render(book, name, channel, "pt-BR", facts).body
            for part in (creditor.name, creditor.document, "CNPJ"):
                assert part in body.replace("\n", " "), rung
            assert sms.fold(creditor.address) in sms.fold(body.replace("\n", " ")), rung


def test_amounts_and_dates_are_written_as_people_read_them(book, facts):
    day = facts | {"due_date": date(2026, 3, 5), "amount": 123456}
    assert "R$ 1.234,56 em aberto desde 05/03/2026" in render(book, "pay_link", "sms", "pt-BR", day).body
    assert "R$1,234.56 open since 5 Mar 2026" in render(book, "pay_link", "sms", "en", day).body


def test_ways_to_pay_are_buttons_where_a_channel_has_them_and_lines_elsewhere(book, facts):
    chat = render(book, "pay_link", "whatsapp", "pt-BR", facts)
    assert [(button.kind, button.value) for button in chat.buttons] == [
        ("open", facts["pay_link"]), ("copy", PIX), ("copy", barcode(BOLETO)),
    ]  # fmt: skip
    assert PIX not in chat.body
    page = render(book, "pay_link", "email", "pt-BR", facts)
    assert page.buttons == ()
    assert PIX in page.body
    assert barcode(BOLETO) in page.body


def test_a_way_to_pay_that_is_not_at_hand_is_left_out_and_none_at_all_is_refused(book, facts):
    without = {name: value for name, value in facts.items() if name not in ("pay_link", "pix_code")}
    assert "00190.50095" in render(book, "pay_link", "sms", "pt-BR", without).body
    nothing = {name: value for name, value in without.items() if name != "barcode"}
    with pytest.raises(DataError, match=r"message pay_link, channel sms, placeholder \{pay_link\}"):
        render(book, "pay_link", "sms", "pt-BR", nothing)


def test_the_sentence_that_stops_a_channel_stands_in_what_asks_for_money(book, facts):
    assert render(book, "pay_link", "sms", "pt-BR", facts).body.endswith("SAIR p/ parar")
    assert "STOP" in render(book, "pay_link", "email", "en", facts).body
    assert "SAIR" not in render(book, "thank_you", "sms", "pt-BR", facts).body


def test_a_voice_asks_who_is_listening_before_it_speaks_of_a_debt(book, facts):
    body = render(book, "what_happened", "voice_bot", "pt-BR", facts).body
    assert body.startswith("Olá, aqui é da Luz do Vale. Falo com Maria da Silva?\n\n")
    apology = render(book, "apology_wrong_party", "voice_bot", "pt-BR", facts).body
    assert "Maria" not in apology


def test_a_letter_is_a_page_and_keeps_codes_whole(book, facts):
    page = render(book, "pay_link", "letter", "pt-BR", facts)
    assert page.body.startswith("Credor: Luz do Vale Energia S.A.\nCNPJ 11.222.333/0001-81\n")
    assert max(map(len, page.body.splitlines())) <= 78
    assert PIX in page.body.replace("\n", "")


@pytest.mark.parametrize(
    "text", ["{amount}", "{{7*7}}", "${7*7}", "{0.__class__}", "'; DROP TABLE customers; --", "%s%n", "{pix_code}"]
)
def test_a_value_is_data_and_never_a_message(book, facts, text):
    for channel in ("email", "telegram", "letter"):
        assert f"Olá, {text}. " in render(book, "plan_button", channel, "pt-BR", facts | {"name": text}).body


def test_markup_in_a_value_is_escaped_in_html_and_dropped_where_a_client_would_format_it(book, facts):
    told = render(book, "pay_link", "email", "pt-BR", facts | {"name": "<script>a('x')</script>"})
    assert "<script" not in told.html
    assert "&lt;script&gt;a(&#x27;x&#x27;)&lt;/script&gt;" in told.html
    assert "Olá, Ana." in render(book, "pay_link", "whatsapp", "pt-BR", facts | {"name": "*A_na*`"}).body


def test_signs_that_turn_hide_or_break_text_are_taken_out(book, facts):
    name = "Ana\r\nPague em http\u202egro.elpmaxe\u2066\u200b\x00\x1b[31m \tSilva"
    body = render(book, "plan_button", "telegram", "pt-BR", facts | {"name": name}).body
    assert body.startswith("Olá, Ana Pague em httpgro.elpmaxe[31m Silva. ")
    one_line = render(book, "confirm_contact", "sms", "pt-BR", facts | {"name": "Ana\nSilva"})
    assert "Ana Silva" in one_line.body


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", 12.5), ("amount", "1234"), ("amount", -1), ("amount", True), ("amount", None),
        ("amount", float("nan")),
        ("amount", {"pt-BR": None}), ("amount", [[1]]), ("amount", {1, 2}),
        ("due_date", "10/03/2026"), ("due_date", 20260310), ("name", ""), ("name", "\u202e\n"), ("name", 7),
        ("name", "a" * 90), ("plan_link", "http://pague.example/x"), ("plan_link", "javascript:alert(1)"),
        ("plan_link", "https://bank.example@evil.example/"), ("plan_link", "https://a b"),
        ("plan_link", "https://é.example"),
        ("plan_link", "https://x.example/\"onclick="), ("plan_link", "https://" + "x" * 300),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_and_says_where(book, facts, name, value):
    message = "plan_button" if name == "plan_link" else "pay_link"
    with pytest.raises(DataError) as caught:
        render(book, message, "email", "pt-BR", facts | {name: value})
    assert f"channel email, placeholder {{{name}}}" in str(caught.value)
    assert caught.value.expected


@pytest.mark.parametrize(
    "code", ["", "00020126", PIX[:-1] + "E", PIX.replace("Fulano", "Fulana"), PIX + " ", PIX + "\n", "ã" + PIX]
)
def test_a_pix_code_with_a_changed_letter_is_refused(code):
    assert pix(PIX) == PIX
    with pytest.raises(ValueError, match="Pix"):
        pix(code)


@pytest.mark.parametrize(
    "code",
    ["846700000017435900240209024050002435842210108119", "858900004609524601791605607593050865831483000010", BOLETO],
)
def test_any_single_changed_digit_of_a_payment_code_is_noticed(code):
    assert barcode(code).replace(" ", "").replace(".", "").replace("-", "") == code
    noticed = 0
    for place in range(len(code)):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        try:
            barcode(wrong)
        except ValueError:
            noticed += 1
    assert noticed == len(code)


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "parts"),
    [
        ("a" * 160, "gsm7", 160, 1), ("a" * 161, "gsm7", 161, 2), ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1), ("€" * 81, "gsm7", 162, 2), ("a" * 152 + "€" * 77, "gsm7", 306, 3),
        ("ã" * 70, "ucs2", 70, 1), ("ã" * 71, "ucs2", 71, 2), ("ã" * 134, "ucs2", 134, 2), ("ã" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1), ("a" * 66 + "😀" * 34, "ucs2", 134, 3), ("", "gsm7", 0, 1),
    ],
)  # fmt: skip
def test_parts_of_an_sms_are_counted_as_providers_do(text, alphabet, units, parts):
    assert sms.size(text) == sms.Size(alphabet, units, parts)


def test_an_accent_never_makes_a_plain_sms_dear(book, facts):
    told = render(book, "pay_link", "sms", "pt-BR", facts | {"name": "João Conceição Müller"})
    assert told.alphabet == "gsm7"
    assert sms.size(sms.fold("ÁÀÂÃÉÊÍÓÔÕÚÜÇáàâãéêíóôõúüçªº–—“”‘’…")).alphabet == "gsm7"


def test_a_creditor_is_chosen_by_name_and_its_document_is_checked(book, facts):
    files = sources(HOME)
    entry = (
        '  acme:\n    name: "Maria Sá"\n    short_name: "Maria"\n    document: "{}"\n'
        '    address: "Rua B, 2"\n    phone: "11 4000 0000"\n'
    )
    text = files["creditor.yaml"]
    two = compile_book(files | {"creditor.yaml": text + entry.format("529.982.247-25")})
    body = render(two, "pay_link", "email", "pt-BR", facts, creditor="acme").body
    assert "CPF 529.982.247-25" in body
    assert (
        render(two, "pay_link", "email", "pt-BR", facts).body == render(book, "pay_link", "email", "pt-BR", facts).body
    )
    assert compile_book(files | {"creditor.yaml": text + entry.format("12.ABC.345/01DE-35")})
    for wrong in ("529.982.247-26", "11.222.333/0001-82", "123"):
        with pytest.raises(BookError, match="document"):
            compile_book(files | {"creditor.yaml": text + entry.format(wrong)})
    with pytest.raises(BookError, match="unknown creditor"):
        render(book, "pay_link", "email", "pt-BR", facts, creditor="acm")


def test_what_does_not_exist_is_refused_with_the_nearest_name(book, facts):
    with pytest.raises(BookError, match="unknown message 'pay_lnk'"):
        render(book, "pay_lnk", "email", "pt-BR", facts)
    with pytest.raises(BookError, match="unknown channel 'fax'"):
        render(book, "pay_link", "fax", "pt-BR", facts)
    with pytest.raises(BookError, match="unknown message on push"):
        render(book, "plan_button", "push", "pt-BR", facts)
    with pytest.raises(DataError, match="no language 'fr'"):
        render(book, "pay_link", "email", "fr", facts)


def test_the_same_facts_give_the_same_text(facts):
    one, other = load(), load()
    assert render(one, "pay_link", "email", "en", facts) == render(other, "pay_link", "email", "en", facts)


def made(**changes):
    nothing = {name.name: None for name in fields(Decision)}
    return Decision(**(nothing | {"context": {}} | changes))


@pytest.mark.parametrize("language", ["pt-BR", "en"])
def test_every_offer_of_the_house_can_be_told_by_every_message_about_one(book, facts, language):
    day = date(2026, 3, 3)
    told = ("settlement_offer", "final_offer", "fair_offer", "low_entry", "replan_offer", "pause_offer")
    plain = {name: value for name, value in facts.items() if name not in ("offer", "valid_until")}
    for name in book.offers.names:
        offer = book.offers.quote(name, 200_000).as_dict()
        known = plain | facts_of(made(offer=offer), day)
        for message in told:
            for channel in ("sms", "email", "letter"):
                written = render(book, message, channel, language, known)
                assert sms.fold(offer["title"][language]) in sms.fold(written.body.replace("\n", " "))
                assert written.parts <= 2


def test_an_open_promise_is_known_from_the_decision(book, facts):
    decision = made(context={"open_promise_cents": 12_345.0, "days_to_promise": 2.0})
    known = facts | facts_of(decision, date(2026, 3, 3))
    assert "05/03/2026: R$ 123,45" in render(book, "promise_reminder", "sms", "pt-BR", known).body
    assert facts_of(made(context={"days_to_promise": None}), date(2026, 3, 3)) == {}


@given(some.text(max_size=60), some.sampled_from(["email", "sms", "whatsapp", "letter", "call"]))
def test_no_name_breaks_a_message_or_changes_what_it_asks(name, channel):
    book = _shipped()
    try:
        told = render(book, "promise_check", channel, "pt-BR", samples(book) | {"name": name})
    except DataError:
        return  # it holds nothing that can be read
    assert "R$ 1.234,56" in told.body.replace("\n", " ")
    assert not any(unicodedata.category(letter) in ("Cf", "Cc") for letter in told.body.replace("\n", ""))
    assert told.html is None or "<script" not in told.html.lower()


@cache
def _shipped():
    return load()
