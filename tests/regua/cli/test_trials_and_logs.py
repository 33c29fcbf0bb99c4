import csv
import json

import pytest
from typer.testing import CliRunner

from regua.cli import build
from regua.dice import draw, identity
from regua.errors import DataError, RequestError


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """A trial that helps the upper half by 40 points, as a CSV."""
    who = identity([str(row) for row in range(1_200)])
    x, treated = draw(who, "x", 0), draw(who, "t", 0) < 0.5
    paid = draw(who, "y", 0) < 0.2 + 0.4 * treated * (x > 0.5)
    path = tmp_path_factory.mktemp("trial") / "trial.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["x", "arm", "paid", "chance", "brought", "later"])
        for one in zip(x.round(6), treated, paid, strict=True):
            rows.writerow([one[0], "letter" if one[1] else "none", int(one[2]), 0.5, int(one[2]) * 10, int(one[2])])
    return path


def run(*words):
    return CliRunner().invoke(build(), [str(word) for word in words])


def test_uplift_of_a_table_is_told_in_words_and_as_one_page(trial, tmp_path):
    page = tmp_path / "uplift.html"
    asked = ["--treatment", "arm", "--outcome", "paid", "--features", "x", "--learners", "t,dr", "--quick"]
    answer = run("uplift", trial, *asked, "--language", "en", "--plan", "0.05", "--report", page)
    assert answer.exit_code == 0, answer.output
    assert "letter against none: changes some more than others" in answer.output.replace("\n", " ")
    assert "persuadable" in answer.output
    assert "next:" in answer.output
    assert "four times in five" in " ".join(answer.output.split())
    assert "<svg" in page.read_text("utf-8")


def test_uplift_speaks_json_to_machines(trial):
    asked = ["--treatment", "arm", "--outcome", "paid", "--without", "chance,brought,later", "--learners", "s"]
    told = json.loads(run("uplift", trial, *asked, "--quick", "--json").stdout)
    assert told["features"] == ["x"]
    assert told["arms"]["letter"]["ate"]["low"] < 0.2 < told["arms"]["letter"]["ate"]["high"]
    assert set(told["arms"]["letter"]["learners"]) == {"s"}


def test_a_policy_is_valued_from_a_table(trial):
    asked = ["--action", "arm", "--reward", "brought", "--propensity", "chance", "--target", "letter"]
    told = json.loads(run("ope", trial, *asked, "--json").stdout)
    assert told["values"]["snips"]["low"] < 4.0 < told["values"]["snips"]["high"]
    assert told["refused"] == []
    shown = run("ope", trial, *asked)
    assert shown.exit_code == 0
    assert "effective rounds" in shown.output


def test_a_policy_without_support_ends_with_the_reason(trial):
    asked = ["--action", "arm", "--reward", "brought", "--propensity", "chance", "--target", "call"]
    answer = run("ope", trial, *asked)
    assert answer.exit_code == 1
    assert "no support" in answer.output


def test_what_is_wrong_with_a_table_is_a_message(trial):
    answer = run("uplift", trial, "--treatment", "arm", "--outcome", "payd")
    assert isinstance(answer.exception, DataError)
    assert "paid" in answer.exception.remedy
    wrong = run("uplift", trial, "--treatment", "arm", "--outcome", "paid", "--learners", "q")
    assert isinstance(wrong.exception, RequestError)
    assert isinstance(run("ope").exception, RequestError)
