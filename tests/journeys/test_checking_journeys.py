"""`regua check journeys` and `regua show`, versions and the editor's schema."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from journeys.book import HOME, load, lock
from journeys.book.schema import KINDS, file_of, schema_text
from journeys.proofs.check import Severity, check
from journeys.telling import showing
from regua.cli import build
from regua.errors import BookError

EARLY = "catalog/early/early_digital.yaml"


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped journeys, to be changed."""
    shutil.copytree(HOME / "catalog", tmp_path / "catalog")
    shutil.copy(HOME / lock.FILE, tmp_path / lock.FILE)
    return tmp_path


def change(folder, old, new, name=EARLY):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def run(*arguments):
    return CliRunner().invoke(build(), list(map(str, arguments)))


def test_the_shipped_book_is_sound_and_its_examples_come_true():
    report = check()
    assert report.of(Severity.ERROR) == ()
    assert report.journeys == len(list((HOME / "catalog").rglob("*.yaml")))
    assert report.examples >= 18


def test_every_shipped_journey_has_examples_for_its_normal_path_an_interruption_and_a_guarded_day(book):
    for journey in book.journeys:
        assert len(journey.written.examples) >= 3, journey.name
        assert journey.written.purpose.en != journey.written.purpose.pt_br, journey.name


def test_everybody_in_arrears_is_taken_by_some_journey(calm, crowd, tuesday):
    from journeys.kernel import decide

    columns = crowd(4_000)
    columns["days_past_due"] = 1 + abs(columns["days_past_due"])
    for name in ("journey", "customer_balance_overdue_cents"):
        columns.pop(name)
    columns["customer_balance_overdue_cents"] = columns["balance_overdue_cents"] + 1
    decisions = decide(columns, calm, tuesday)
    known = (columns["has_profile"] > 0) & (columns["days_past_due"] > 0)
    assert all(journey is not None for journey in decisions.journey[known])


def test_a_wrong_expectation_is_found_with_its_file_line_and_column(folder):
    change(folder, "expect: [push/forgot, whatsapp/pay_link, push/soft_nudge]", "expect: [nothing, nothing, nothing]")
    findings = check(folder).findings
    assert [finding.code for finding in findings if finding.severity is Severity.ERROR][:3] == ["R010"] * 3
    assert findings[0].place.startswith(f"{EARLY}:")
    assert "push/forgot" in findings[0].found
    assert findings[0].expected == "nothing"


def test_one_broken_journey_does_not_hide_another(folder):
    change(folder, "risk_band = 'high'", "risk_bandd = 'high'")
    change(folder, "self_cure_band = 'low'", "self_cure_bond = 'low'", "catalog/early/self_cure_grace.yaml")
    places = {finding.place.split(":")[0] for finding in check(folder).findings if finding.code == "R002"}
    assert places == {EARLY, "catalog/early/self_cure_grace.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("p_roll: 0.10, last_contact", "p_rol: 0.10, last_contact", "unknown field 'p_rol'"),
        ("p_roll: 0.10, last_contact", "p_roll: low, last_contact", "p_roll: 'low'"),
        ("risk_band: low", "risk_band: lowest", "unknown value of risk_band"),
        ("days_past_due: [1, 3, 7]", "days_past_due: [1, 3]", "days_past_due has 2 days"),
        ("days_past_due: [1, 3, 7]", "days_past_due: [7, 3, 1]", "days_past_due"),
        ("at: 2026-03-08 10:00", "at: next Sunday", "at: 'next Sunday'"),
        ("because blocked_hours", "because blocked_hour", "unknown reason"),
        ("expect: [push/forgot, whatsapp/pay_link, push/soft_nudge]", "expect: [a, b, c]", "expect: 'a'"),
    ],
)
def test_an_example_that_cannot_be_run_says_why(folder, old, new, says):
    change(folder, old, new)
    found = [finding for finding in check(folder).findings if finding.code == "R010"]
    assert says in found[0].found
    assert found[0].place.startswith(f"{EARLY}:")


def test_a_changed_journey_needs_a_new_version(folder):
    change(folder, "- day: 10", "- day: 11")
    finding = check(folder).findings[0]
    assert finding.code == "R012"
    assert "still version 2" in finding.found
    assert "version: 3" in finding.remedy
    assert not check(folder, update_lock=True).is_sound, "a locked version is never written over"
    change(folder, "version: 2", "version: 3")
    assert "not locked" in check(folder).findings[0].found
    assert check(folder, update_lock=True).is_sound
    assert check(folder).is_sound
    change(folder, "version: 3", "version: 2")
    assert "went back" in check(folder).findings[0].found


def test_a_comment_or_an_example_needs_no_new_version(folder):
    change(folder, "priority: 630", "priority: 630  # after the grace")
    change(folder, "A customer in the middle hears", "Somebody in the middle hears")
    assert check(folder).is_sound


def test_a_lock_that_is_not_one_is_refused(folder):
    (folder / lock.FILE).write_text("early_digital: {version: 1, digest: short}\n", "utf-8")
    assert check(folder).findings[0].code == "R011"


@pytest.mark.parametrize("kind", KINDS)
def test_each_schema_for_editors_is_the_grammar(request, kind):
    path = HOME / file_of(kind)
    if request.config.getoption("--update-golden"):
        path.write_text(schema_text(kind), "utf-8")
    assert path.read_text("utf-8") == schema_text(kind), "the grammar changed: pytest --update-golden"
    schema = json.loads(schema_text(kind))
    words = set(schema["properties"]).union(*(one.get("properties", {}) for one in schema["$defs"].values()))
    assert {
        "journey": {"journey", "enter", "leave", "steps", "try"},
        "message": {"message", "topic", "pays_with", "pt-BR"},
        "channel": {"medium", "content", "longest_chars", "health"},
        "policy": {"hours", "from", "at_most", "income_floor", "at_longest"},
        "offers": {"limits", "rules", "except", "taken_by"},
        "segments": {"bands", "keep", "amounts", "groups"},
        "tasks": {"tasks", "desk", "within"},
    }[kind] <= words


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_points_its_editor_at_its_schema(kind):
    paths = [path for path in HOME.glob(KINDS[kind][1]) if path.name != "zones.yaml"]
    assert paths
    for path in paths:
        first = path.read_text("utf-8").splitlines()[0]
        _, _, schema = first.partition("yaml-language-server: $schema=")
        assert (path.parent / Path(schema)).resolve() == (HOME / file_of(kind)).resolve(), path


def test_check_ends_with_one_when_something_is_wrong_and_zero_when_not(folder):
    good = run("check", "journeys", "--folder", folder, "--json")
    assert good.exit_code == 0
    assert json.loads(good.stdout)["is_sound"] is True
    change(folder, "p_self_cure < 0.60", "p_self_cur < 0.60")
    bad = run("check", "journeys", "--folder", folder)
    assert bad.exit_code == 1
    assert f"{EARLY}:" in bad.stdout
    assert "did you mean" in bad.stdout


def test_check_alone_reads_everything_there_is(tmp_path, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(tmp_path))
    alone = run("check", "--json")
    assert alone.exit_code == 0
    told = json.loads(alone.stdout)
    assert (told["journeys"]["is_sound"], told["data"]) == (True, None)
    assert "no book of data in force" in run("check").stdout
    broken = tmp_path / "tables" / "customers" / "part.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"not a table")
    assert run("check").exit_code == 1


@pytest.mark.parametrize("language", ["pt-BR", "en"])
@pytest.mark.parametrize("name", ["early_digital", "promise_monitor"])
def test_show_prints_the_table_and_the_diagram(golden, name, language, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    shown = run("show", name, "--language", language)
    assert shown.exit_code == 0
    golden(
        f"journeys/show_{name}_{language}.txt", "\n".join(line.rstrip() for line in shown.stdout.splitlines()) + "\n"
    )


def test_show_as_json_and_as_a_diagram_alone():
    described = json.loads(run("show", "skip_trace", "--json").stdout)
    assert described["journey"] == "skip_trace"
    assert described["mermaid"].startswith("flowchart TD")
    assert run("show", "skip_trace", "--mermaid", "--language", "en").stdout.startswith("flowchart TD")


def test_an_unknown_journey_is_answered_with_the_nearest(book):
    with pytest.raises(BookError) as caught:
        showing.describe(book, "early_digitl")
    assert "early_digital" in caught.value.remedy


def test_an_unknown_language_is_refused():
    assert run("show", "skip_trace", "--language", "fr").exit_code == 2


def test_a_drawing_names_every_step_and_exit(book):
    for journey in load().journeys:
        drawing = showing.mermaid(book, journey.name)
        for number in range(1, len(journey.written.steps) + 1):
            assert f"s{number}[" in drawing
        for name, _ in journey.leave:
            assert f"({name})" in drawing
