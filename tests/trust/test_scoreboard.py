"""The scoreboard says what was seen, loses no part of it, and a part that breaks is told as a promise not kept."""

import json
import subprocess
import sys
from pathlib import Path

from tests.trust.__main__ import parts
from tests.trust.line import Line, count_line
from tests.trust.page import written

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_every_part_of_the_scoreboard_is_tried_at_a_small_size_by_a_test():
    tried = "\n".join(path.read_text() for path in HERE.glob("test_*.py"))
    assert [name for name in parts() if f"{name}.run(" not in tried] == []


def test_the_page_tells_every_line_and_counts_those_kept():
    lines = [count_line("lost of 10 | kills", 0), Line("answered", "≥ 90 %", "88 %", is_met=False)]
    part = {"about": "Kills.", "seconds": 3.2, "where": "on 2 cores", "lines": [line.to_dict() for line in lines]}
    page = written({"kills": part})
    assert "**1 of 2 promises were kept.**" in page
    assert "| lost of 10 \\| kills | 0 | 0 | yes |\n| answered | ≥ 90 % | 88 % | **no** |" in page
    assert 'ARGS="--only kills"`: 3 s on 2 cores' in page


def test_an_unknown_part_is_refused_with_the_names_there_are():
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust", "--only", "hopes"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no part hopes" in done.stderr


def test_a_part_that_breaks_fails_the_run_and_is_not_left_out(tmp_path, monkeypatch, capfd):
    import tests.trust.__main__ as scoreboard

    answer = {"hopes": "What is not there."}
    monkeypatch.setattr(scoreboard, "parts", lambda: answer)
    page, kept = tmp_path / "TRUST.md", tmp_path / "trust.json"
    monkeypatch.setattr(sys, "argv", ["trust", "--full", "--page", str(page), "--json", str(kept)])
    monkeypatch.chdir(ROOT)
    assert scoreboard.main() == 1
    (line,) = json.loads(kept.read_text())["hopes"]["lines"]
    assert not line["is_met"]
    assert "hopes" in line["seen"]
    assert "**0 of 1 promises were kept.**" in page.read_text()
    assert "hopes" in capfd.readouterr().err
