"""Proofs over all customers: declared domains, pages of help, strangers, and no z3 before it is needed."""

import subprocess
import sys

import numpy as np
import pytest

from journeys.book import HOME, sources
from journeys.language.domains import domains, is_declared, relations
from journeys.proofs.check import CODES, check_sources
from journeys.proofs.pages import page
from journeys.proofs.questions import Questions, no, yes
from regua.errors import BookError
from regua.predicates import evaluate3

EARLY = "catalog/early/early_digital.yaml"


@pytest.fixture(scope="module")
def questions(book):
    """All customers of the shipped book."""
    return Questions(book)


@pytest.fixture(scope="module")
def files():
    """The shipped book with one journey alone."""
    return {name: text for name, text in sources(HOME).items() if not name.startswith("catalog/") or name == EARLY}


def test_every_number_a_condition_may_name_has_a_declared_range(book):
    assert [field.name for field in book.fields.values() if not is_declared(field)] == []


def test_a_wild_crowd_lies_within_the_declared_domains(book, crowd):
    known = domains(book.fields)
    for column, values in crowd(500).items():
        if column in known and column not in (
            "journey",
            "return_journey",
            "last_journey_exit",
        ):  # the crowd also knows what is gone
            strange = [value for value in values.tolist() if not known[column].holds(value)]
            assert not [value for value in strange if value not in (None, "XX")], column


def test_what_always_holds_is_never_known_to_be_false_of_an_ordinary_customer(book, customers):
    columns = customers(1)
    for node, _ in relations(book.fields):
        assert not evaluate3(node, columns)[1].any(), node


def test_a_band_follows_from_its_conditions(questions):
    high = yes(questions.node("risk_band = 'high'"))
    assert questions.possible([high])
    assert not questions.possible([high, yes(questions.node("p_roll < 0.40"))])
    assert not questions.possible([high, yes(questions.node("p_roll IS NULL"))])


def test_a_witness_is_a_customer_the_closures_agree_on(questions, book):
    for journey in book.journeys:
        asked = [yes(journey.enter), no(book.journeys[0].enter)]
        witness = questions.ask(asked)
        assert witness is None or questions.agrees(witness.figures, asked), journey.name


@pytest.mark.parametrize("code", CODES)
def test_every_finding_has_a_page_in_both_languages(code):
    text = page(code)
    assert text.startswith(f"# {code} ")
    assert "**Em português.**" in text
    assert "## How to mend it" in text


def test_an_unknown_code_is_answered_with_the_nearest():
    with pytest.raises(BookError, match="unknown code 'R99X'"):
        page("r99x")


@pytest.mark.parametrize(
    ("enter", "code", "says"),
    [
        (" OR ".join(["is_placed"] * 10_000), "R002", "characters"),
        (" OR ".join(["is_placed"] * 501), "R002", "more than 500 terms"),
        ("(" * 200 + "is_placed" + ")" * 200, "R002", "nested too deeply"),
        ("NOT " * 3_000 + "is_placed", "R002", "nested too deeply"),
        ("is_placed; DROP TABLE contracts", "R002", "expected"),
        ("region = 'SP' -- AND is_placed", "R002", "a comment"),
        ("region = 'SP' UNION SELECT 1", "R002", ""),
        ("read_text('/etc/passwd') = region", "R002", "calls nothing"),
        ("{{ 7 * 7 }} = days_past_due", "R002", ""),
        ("{days_past_due.__class__} = 1", "R002", ""),
        ("${jndi:ldap://x} = 1", "R002", ""),
    ],
)
def test_a_hostile_entry_is_a_finding_with_its_place(files, enter, code, says):
    lines = files[EARLY].split("\n")
    position = next(index for index, line in enumerate(lines) if line.startswith("enter: "))
    lines[position] = f"enter: '{enter.replace(chr(39), chr(39) * 2)}'"
    report = check_sources(files | {EARLY: "\n".join(lines)})
    found = [finding for finding in report.findings if finding.code == code]
    assert found
    assert found[0].place.startswith(f"{EARLY}:")
    assert says in f"{found[0].found} {found[0].expected}" or says == "expected"
    assert len(found[0].found) < 5_000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("journey: early_digital", 'journey: "x\'; DROP TABLE journeys; --"'),
        ("journey: early_digital", "journey: ../../etc/passwd"),
        ("  cured: balance_overdue = 0", '  "{{7*7}}": balance_overdue = 0'),
        ("whatsapp/pay_link", "whatsapp/{{config}}"),
        ("whatsapp/pay_link", "whatsapp/../secrets"),
    ],
)
def test_names_that_would_be_code_elsewhere_are_refused(files, old, new):
    assert old in files[EARLY]
    report = check_sources(files | {EARLY: files[EARLY].replace(old, new, 1)})
    assert [finding.code for finding in report.findings] == ["R001"] or report.findings[0].code in {"R001", "R010"}
    assert not report.is_sound


def test_neither_help_nor_the_kernel_loads_the_solver():
    asked = "import sys, journeys.kernel, regua.cli; regua.cli.build(); sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_the_book_of_one_journey_leaves_somebody_out_and_says_whom(files):
    found = [finding for finding in check_sources(files).findings if finding.code == "R101"]
    assert len(found) == 1
    assert found[0].customer["has_profile"] == 1
    assert found[0].customer["days_past_due"] >= 1
    assert np.isfinite(found[0].customer["customer_balance_overdue_cents"])
    assert "R$" in found[0].witness
