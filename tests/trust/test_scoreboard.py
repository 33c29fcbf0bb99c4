"""The scoreboard says what was seen, at which size and which code, loses no part of it, and goes on where it ended."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tests.trust.__main__ as scoreboard
from tests.trust.__main__ import Part, parts
from tests.trust.code import BEYOND, PRODUCT, digest_of, imported_by
from tests.trust.line import Line, added, count_line, each, some_line
from tests.trust.page import row_of, written
from tests.trust.results import Result, Results

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def kept(tmp_path):
    """What is kept of two parts, of which one was run, in two of four turns."""
    results = Results(tmp_path / "TRUST.json", {"kills": "now", "hopes": "now"})
    result = Result("now", 4, at="a1b2c3d of 2026-03-04", machine="2 cores")
    result.add(0, each([count_line("lost | torn", 0), some_line("cut off", 0)], 10, 40), 3.2)
    result.add(2, each([count_line("lost | torn", 2, such=["one"]), some_line("cut off", 3)], 10, 40), 4.0)
    results.keep("kills", result)
    return results


def test_every_part_of_the_scoreboard_is_tried_at_a_small_size_by_a_test():
    tried = "\n".join(path.read_text() for path in HERE.glob("test_*.py"))
    assert [name for name in parts() if f"{name}.run(" not in tried] == []


def test_large_parts_take_turns():
    taken = {name: part.turns for name, part in parts().items() if part.turns > 1}
    assert {"kills", "outages", "same_key", "claims", "permits", "generated", "replays", "simulated"} <= taken.keys()


def test_what_turns_saw_adds_up():
    lost, heard, sound = added(map(_turn, (0, 2, 1)))
    assert (lost.count, lost.seen, lost.is_met, lost.tried) == (3, "3", False, 30)
    assert (heard.count, heard.is_met) == (3, True)
    assert (sound.seen, sound.is_met) == ("2", False)


def _turn(seen: int) -> list[Line]:
    lines = [count_line("lost", seen), some_line("heard", seen), Line("sound", "yes", str(seen), seen < 2)]
    return each(lines, 10, 1_000)


def test_the_page_tells_every_line_its_size_and_what_was_never_run(kept):
    page = written(kept, {"kills": "Kills.", "hopes": "Hopes."}, "d4e5f6a")
    assert "**1 of 2 promises were kept.** Written at d4e5f6a." in page
    assert "| lost \\| torn | 20 of 40 | 0 | 2 (one) | **no** |\n| cut off | 20 of 40 | some | 3 | so far |" in page
    assert 'ARGS="--only kills"`: 2 of 4 turns, 7 s at a1b2c3d of 2026-03-04 on 2 cores\n' in page
    assert "| [kills](#kills) | 50% | 1 of 2 | a1b2c3d of 2026-03-04 |\n| hopes | never run at full size | | |" in page


def test_the_page_says_what_was_found_at_earlier_code(kept, tmp_path):
    results = Results(tmp_path / "TRUST.json", {"kills": "later"})
    assert "**earlier**, a1b2c3d" in written(results, {"kills": "Kills."}, "d4e5f6a")
    now = Result("later", 4, at="e1e1e1e of 2026-03-05", machine="2 cores")
    now.add(0, each([count_line("lost | torn", 0)], 10, 40), 3.0)
    results.keep("kills", now)
    page = written(results, {"kills": "Kills."}, "d4e5f6a")
    assert "1 of 4 turns, 3 s at e1e1e1e of 2026-03-05" in page
    assert "Before, of earlier code (a1b2c3d of 2026-03-04), 50% of the full size was run: not kept: lost" in page
    now.add(1, [], 1.0)
    now.add(2, [], 1.0)
    results.keep("kills", now)
    assert "Before, of earlier code" not in written(results, {"kills": "Kills."}, "d4e5f6a")


def test_what_is_kept_is_read_as_it_was_written(kept, tmp_path):
    again = Results(tmp_path / "TRUST.json", {"kills": "now", "hopes": "now"})
    assert again.now("kills", 4) == kept.now("kills", 4)
    assert again.now("kills", 4).missing == [1, 3]
    assert again.now("kills", 5).missing == [0, 1, 2, 3, 4]
    assert again.now("hopes", 1).missing == [0]


def test_the_page_of_this_project_says_what_is_kept_and_nothing_that_is_not():
    kept, page = json.loads((ROOT / "TRUST.json").read_text()), (ROOT / "TRUST.md").read_text()
    told = {part: [[Line(**line) for line in one["lines"]] for one in found] for part, found in kept.items()}
    rows = {row_of(line) for found in told.values() for lines in found for line in lines}
    shown = {row for row in page.splitlines() if row.endswith(("| yes |", "| so far |", "| **no** |"))}
    assert shown <= rows
    assert [part for part, found in told.items() if not any(set(map(row_of, lines)) <= shown for lines in found)] == []


def test_what_a_part_was_tried_at_is_all_code_it_imports(monkeypatch):
    before = digest_of("kills")
    assert before == digest_of("kills") != digest_of("claims")
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path.name == "load.py"))
    assert digest_of("kills") != before


@pytest.mark.parametrize("part", BEYOND)
def test_what_a_part_cannot_reach_it_does_not_import_even_later(part):
    reached = imported_by(part, "tests", *PRODUCT)
    assert ROOT / "serving" / "store" / "permits.py" in reached
    for folder in BEYOND[part]:
        assert list((ROOT / folder).rglob("*.py"))
        assert [path for path in reached if path.is_relative_to(ROOT / folder)] == []


def test_an_unknown_part_is_refused_with_the_names_there_are():
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust", "--only", "hopes"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no part hopes" in done.stderr


def test_a_run_goes_on_with_the_turns_that_are_missing(tmp_path, monkeypatch, capsys):
    asked = []

    def tried(console, part, *options):
        asked.append((part, options[-1]))
        if len(asked) == 4:
            raise KeyboardInterrupt
        return [count_line("lost", 0)], 1.0

    monkeypatch.setattr(scoreboard, "parts", lambda: {"many": Part("Many.", 3), "whole": Part("Whole.", 1)})
    monkeypatch.setattr(scoreboard, "digest_of", lambda part: "now")
    monkeypatch.setattr(scoreboard, "_in_its_own_process", tried)
    page, kept = tmp_path / "TRUST.md", tmp_path / "TRUST.json"
    monkeypatch.setattr(sys, "argv", ["trust", "--full", "--page", str(page), "--json", str(kept)])
    with pytest.raises(KeyboardInterrupt):
        scoreboard.main()
    assert asked == [("many", "0"), ("whole", "0"), ("many", "1"), ("many", "2")]
    assert scoreboard.main() == 0
    assert asked[4:] == [("many", "2")]
    assert "2 of 2 parts were run whole" in capsys.readouterr().out
    assert "3 of 3 turns" in page.read_text()
    assert scoreboard.main() == 0
    assert len(asked) == 5


def test_a_part_that_breaks_fails_the_run_and_is_not_left_out(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(scoreboard, "parts", lambda: {"hopes": Part("What is not there.", 1)})
    page, kept = tmp_path / "TRUST.md", tmp_path / "TRUST.json"
    monkeypatch.setattr(sys, "argv", ["trust", "--full", "--page", str(page), "--json", str(kept)])
    monkeypatch.chdir(ROOT)
    assert scoreboard.main() == 1
    (result,) = json.loads(kept.read_text())["hopes"]
    (line,) = result["lines"]
    assert not line["is_met"]
    assert "hopes" in line["seen"]
    assert "**0 of 1 promises were kept.**" in page.read_text()
    assert "hopes" in capfd.readouterr().err
