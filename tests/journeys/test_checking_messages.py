"""Messages that should not be sent as written are found at their line; the shipped ones raise no alarm."""

import pytest

from journeys.book import compile_book, sources
from journeys.book.book import HOME
from journeys.proofs import messages as proof


def test_the_shipped_messages_are_sound(book):
    assert [finding.found for finding in proof.findings(book)] == []


@pytest.fixture(scope="module")
def files():
    return sources(HOME)


def found(files, name, *changes):
    text = files[name]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    changed = compile_book(files | {name: text})
    return {(finding.code, finding.place.split(":")[0]): finding for finding in proof.findings(changed)}


FORGOT = "messages/forgot.yaml"


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "says"),
    [
        (FORGOT, "Esqueceu? Se já", "Último aviso. Se já", "R614", "ultimo aviso"),
        (FORGOT, "Esqueceu? Se já", "Vamos negativar. Se já", "R615", "negativar"),
        (FORGOT, "Se foi só esquecimento", "É a sua dívida: se foi só esquecimento", "R616", "divida"),
        (FORGOT, "Esqueceu? Se já", "Esqueceu? " + "Sem problema. " * 12 + "Se já", "R611", "may take"),
        (FORGOT, "Esqueceu? Se já", "Esqueceu? 😀 Se já", "R618", "may cost 4 parts of ucs2"),
        (FORGOT, 'Forgot? If', 'Forgot? {phone} If', "R613", "fills in other things"),
        ("messages/plan_button.yaml", "pays_with: [pix]", "for_anyone: true", "R617", "tells whoever reads it"),
        ("messages/due_today.yaml", "Your bill of {amount} is due today. If you have paid, please ignore this.",
         "Sua fatura de {amount} vence hoje. Se já pagou, desconsidere.", "R613", "same in both"),
    ],
)  # fmt: skip
def test_what_should_not_be_sent_is_found_at_its_line(files, name, old, new, code, says):
    findings = found(files, name, (old, new))
    finding = findings[code, name]
    assert says in finding.found
    assert finding.remedy
    assert int(finding.place.split(":")[1]) > 1


def test_a_request_without_amount_or_way_to_pay_is_found(files):
    text = files[FORGOT].replace("{amount}", "{days_past_due}").replace("pays_with: [link, pix, barcode]", "")
    changed = compile_book(files | {FORGOT: text})
    said = [finding.found for finding in proof.findings(changed) if finding.code == "R612"]
    assert len(said) == 4
    assert any("how much" in one for one in said)
    assert any("no way to pay" in one for one in said)


def test_a_subject_too_long_is_found(files):
    name = "messages/thank_you.yaml"
    assert ("R611", name) in found(files, name, ("Recebemos o seu pagamento", "Recebemos o seu pagamento " * 3))


def test_legal_wording_is_found_in_a_notice_that_becomes_a_request(files):
    name = "messages/before_listing_notice.yaml"
    assert ("R615", name) in found(files, name, ("purpose: notice", "purpose: collection"))


def test_a_step_that_speaks_of_an_offer_and_makes_none_is_found(files):
    name = "catalog/early/early_digital.yaml"
    changed = files[name].replace("email/social_norm", "email/settlement_offer", 1)
    assert changed != files[name]
    findings = list(proof.findings(compile_book(files | {name: changed})))
    assert [finding.code for finding in findings] == ["R619"]
    assert "offer, valid_until" in findings[0].expected
