"""A loosening in any section of the house's policy is refused, and so is a shipped pack written anew in a folder."""

import pytest

from journeys.book import HOME, compile_book, load, sources
from journeys.rulebook.files import SECTIONS
from journeys.rulebook.tightening import COMPARISONS
from regua.errors import BookError

HOUSE, PACK = "policies/house.yaml", "policies/own_pack.yaml"
SAID = 'from: 2020-01-01, unit: test, source: "a rule of this test", status: unverified'
WEEK = '{monday-friday: "07:00-20:00", saturday: none, sunday: none, holiday: none}'
LAW = f"""\
policy: own_pack
version: 1
jurisdiction: BR
title: {{pt-BR: "Mais estrito", en: "Stricter"}}
countries: [BR]
wording:
  - {{id: PACK-WORDING, channels: [sms, email], refuses: [notice, service], {SAID}}}
channel_health:
  - {{id: PACK-HEALTH, channels: [sms], unknown: stops, {SAID}}}
spacing:
  - {{id: PACK-SPACE, channels: [sms], after: contact, at_least: 48h, {SAID}}}
frequency:
  - {{id: PACK-CONTRACT, channels: [call], counts: contract, window: 7d, at_most: 2, {SAID}}}
holds:
  - {{id: PACK-END, holds: [breathing_space], stops: all, longest: 60d, at_longest: ends, {SAID}}}
"""
# section: what the house writes, and what the refusal shows of it and of the law
LOOSER = {
    "hours": [(f"channels: [call], week: {WEEK}", "07:00-20:00", "08:00-20:00", "BR-DEFAULT-VOICE")],
    "frequency": [
        ("channels: [call], window: day, at_most: 2", "at most 2 in day", "at most 1", "BR-FREQ-CALL-DAY"),
        ("window: 24h, at_most: 4", "at most 4 in 24h", "at most 3", "BR-FREQ-TOTAL-24H"),
        ("window: 7d, at_most: 8", "at most 8 in 7d", "at most 7", "BR-FREQ-TOTAL-WEEK"),
        ("channels: [sms], window: conversation, at_most: 13", "at most 13", "at most 12", "BR-FREQ-UNANSWERED"),
        ("channels: [call], counts: contract, window: 7d, at_most: 3", "at most 3", "at most 2", "PACK-CONTRACT"),
    ],
    "consent": [("channels: [whatsapp], needs: no_opt_out", "no_opt_out", "opt_in", "WA-OPTIN")],
    "holds": [
        ("holds: [deceased], stops: notice", "stops notice", "stops all", "HOLD-DECEASED"),
        (
            "holds: [breathing_space], stops: all, longest: 30d, at_longest: ends",
            "ends after 30 days",
            "60 days",
            "HOLD-BREATHING-SPACE",
        ),
    ],
    "critical": [("fields: [hold_bits]", "only hold_bits", "attempts_7d", "CRITICAL")],
    "promise_grace": [("days: 1", "1 days", "2 days", "BR-PROMISE-GRACE")],
    "spacing": [
        ("channels: [call], after: conversation, at_least: 12h", "12 hours", "24 hours", "BR-SPACE-CONVERSATION"),
        ("channels: [sms], after: contact, at_least: 24h", "24 hours", "48 hours", "PACK-SPACE"),
    ],
    "vulnerable": [
        ("channels: [call, sms], days: 14", "also sms", "only call", "VULNERABLE-CARE"),
        ("channels: [call], days: 7", "7 days", "14 days", "VULNERABLE-CARE"),
    ],
    "affordability": [("income_floor: 599.99", "599.99", "600.00", "BR-SUPER-FLOOR")],
    "channel_health": [("channels: [sms], unknown: passes", "unknown passes", "unknown stops", "PACK-HEALTH")],
    "wording": [
        ("channels: [email], refuses: [notice]", "refuses only notice", "refuses notice, service", "PACK-WORDING")
    ],
}


@pytest.fixture(scope="module")
def files():
    """The shipped book with one pack more, and the house's own days taken out."""
    shipped = sources(HOME)
    return shipped | {PACK: LAW, HOUSE: shipped[HOUSE].split("\nholidays:")[0] + "\n"}


def test_every_section_that_can_loosen_is_compared():
    # One more holiday or duty only ever tightens.
    assert set(COMPARISONS) == set(LOOSER) == set(SECTIONS) - {"holidays", "duties"}


@pytest.mark.parametrize(
    ("section", "written", "own", "law", "name"),
    [(section, *case) for section, cases in LOOSER.items() for case in cases],
)
def test_a_loosening_is_refused_with_both_values_and_where_they_stand(files, section, written, own, law, name):
    house = f"{files[HOUSE]}{section}:\n  - {{id: OWN, {written}, {SAID}}}\n"
    with pytest.raises(BookError) as refused:
        compile_book(files | {HOUSE: house})
    told = str(refused.value)
    assert told.startswith(f"{HOUSE}:{house.count(chr(10))}:"), told
    assert f"OWN of the house loosens {name}: " in told
    found, _, place = told.partition(" here, ")
    assert own in found
    assert law in place
    assert ".yaml:" in place


def test_a_house_that_does_not_say_it_tightens_is_refused(files):
    with pytest.raises(BookError, match=r"does not tighten") as refused:
        compile_book(files | {HOUSE: files[HOUSE].replace("tightens: true\n", "")})
    assert refused.value.place.file == HOUSE


@pytest.fixture
def folder(tmp_path):
    """A tenant's folder with one shipped journey and whatever policies are written into it."""
    shipped = sources(HOME)
    for name in ("catalog/early/early_digital.yaml", "policies/brazil.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(shipped[name], "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("brazil", "at_most: 3\n", "at_most: 9\n"),
        ("whatsapp", "consent:", "duties: []\nconsent:"),
        ("zones", "America/Maceio", "America/Bahia"),
    ],
)
def test_a_shipped_pack_is_not_written_anew(folder, name, old, new):
    pack = f"policies/{name}.yaml"
    shipped = sources(HOME)[pack]
    assert old in shipped
    (folder / pack).write_text(shipped.replace(old, new, 1), "utf-8")
    with pytest.raises(BookError, match=rf"policies/{name}\.yaml: a shipped pack .* written anew") as refused:
        load(folder)
    assert HOUSE in str(refused.value)


def test_a_shipped_pack_may_stand_in_a_folder_as_it_is(folder, book):
    assert load(folder).policies.rules() == book.policies.rules()


def test_a_pack_of_a_new_name_adds_its_rules(folder, book):
    (folder / PACK).write_text(LAW, "utf-8")
    assert {rule.id for rule in load(folder).policies.rules()} - {rule.id for rule in book.policies.rules()} == {
        "PACK-WORDING", "PACK-HEALTH", "PACK-SPACE", "PACK-CONTRACT", "PACK-END"
    }  # fmt: skip
