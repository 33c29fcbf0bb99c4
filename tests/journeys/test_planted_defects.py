"""Every planted defect is found, by its code and with a customer it would happen to; the sound book has none."""

import re
from pathlib import Path

import pytest
import yaml

from journeys.book import HOME, sources
from journeys.language.domains import domains, relations
from journeys.proofs.check import CODES, Severity, check_sources
from regua.predicates import compile_row, parse


def _data(name):
    return yaml.safe_load(Path(__file__).with_name(name).read_text("utf-8"))


DEFECTS = _data("planted_defects.yaml")


@pytest.fixture(scope="module")
def small():
    """The small book beside the shipped policies and figures, with the messages it sends and one nobody sends."""
    journeys = _data("planted_book.yaml")
    rungs = {rung for text in journeys.values() for rung in re.findall(r"\w+/(\w+)", text)} | {"forgot"}
    shipped = {
        name: text
        for name, text in sources(HOME).items()
        if not name.startswith("catalog/") and (not name.startswith("messages/") or Path(name).stem in rungs)
    }
    return shipped | journeys


def test_the_small_book_is_sound_and_raises_no_warning(small):
    report = check_sources(small)
    assert [finding for finding in report.findings if finding.severity is not Severity.HINT] == []


def test_at_least_forty_defects_are_planted_under_names_of_their_own():
    assert len({defect["name"] for defect in DEFECTS}) == len(DEFECTS) >= 40


@pytest.mark.parametrize("defect", DEFECTS, ids=[defect["name"] for defect in DEFECTS])
def test_the_defect_is_found(small, defect):
    files = small | defect.get("journeys", {})
    for file, old, new in defect.get("change", ()):
        assert old in files[file], (file, old)
        files[file] = files[file].replace(old, new, 1)
    report = check_sources(files)
    found = [finding for finding in report.findings if finding.code == defect["code"]]
    assert found, sorted({(finding.code, finding.found) for finding in report.findings})
    assert all(finding.place for finding in found)
    assert report.is_sound is all(CODES[finding.code][0] is not Severity.ERROR for finding in report.findings)
    if "witness" in defect:
        wanted = compile_row(parse(defect["witness"], report.book.fields))
        assert any(wanted(finding.customer) is True for finding in found), [finding.witness for finding in found]
    for finding in report.findings:
        _is_plausible(finding, report.book)


def _is_plausible(finding, book):
    """A witness is told in words, lies in the declared domains and breaks nothing that always holds."""
    figures = finding.customer
    assert bool(finding.witness) is bool(figures)
    known = domains(book.fields) if figures else {}
    for column, value in figures.items():
        assert column not in known or known[column].holds(value), (finding.code, column, value)
    for node, columns in relations(book.fields) if figures else ():
        if columns <= figures.keys():
            assert compile_row(node)(figures) is not False, (finding.code, figures)
