"""A card opens offline, says everything in both languages, and one that is not whole blocks promotion."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import orjson
import pytest
import yaml

from models import SPECS
from models.cards import REQUIRED
from models.encode import Encoder
from regua.vocabulary import LANGUAGES
from training.judging import card, gates
from training.judging.card import writing
from training.judging.evaluate import judge
from training.judging.fairness import People
from training.judging.results import result
from training.learned import Learned
from training.teaching import fit
from training.teaching.tune import search

SPEC = SPECS["roll_risk"]
MOMENT = datetime(2026, 6, 30, 9, tzinfo=UTC)
ABOUT = card.About(
    MOMENT, "default", 7, "ana <b>", {"data": "d" * 64, "catalogue": "c" * 64, "book": "b" * 64}, {"lightgbm": "4.7"}
)


@pytest.fixture(scope="module")
def people(cases):
    who = sorted(set(cases(rows=1_500, key="test").customer))
    return People({name: ("female", "male")[place % 2] for place, name in enumerate(who)}, dict.fromkeys(who, 1980))


@pytest.fixture(scope="module")
def train(cases):
    return cases(rows=1_500)


@pytest.fixture(scope="module")
def learned(cases, train):
    encoder, test = Encoder.learn(SPEC.features, train.columns), cases(rows=1_500, key="test")
    tuned = search(SPEC, encoder, train, trials=4, rows=900, trees=20, seed=7, threads=1)
    artifact = fit.booster(SPEC, "", encoder, train, cases(rows=600, key="calibrate"), tuned.params)
    folds = {"train": 1_500, "calibrate": 600, "test": 1_500, "split": "shares"}
    verdict = judge(artifact, test, rival_learns_from=train)
    return Learned(SPEC, "", artifact, verdict, {"kept": 3_600, "held": 12}, folds, tuned, test)


def _found(learned, train, people):
    """What the gates found of this model, of another, and of the release."""
    results = gates.check(learned, SPEC, train=train, people=people)
    told = {"pt-BR": "400 clientes, todos para SMS", "en": "400 customers, all to SMS"}
    of_all = [
        result("decisions", passed=True, found=0.031, allowed=0.25, severity="refuses", group=told, is_share=True)
    ]
    of_all += [
        result(
            "decisions", passed=True, found=0.02, allowed=0.25, severity="warns", where=name, group=told, is_share=True
        )
        for name in ("roll_risk", "self_cure")
    ]
    return {"roll_risk": results, "self_cure": results, "release": of_all}


@pytest.fixture(scope="module")
def folder(learned, train, people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cards")
    card.write(
        folder,
        [learned],
        _found(learned, train, people),
        ABOUT,
        train={"": train},
        people=people,
        periods={"": (train, learned.test)},
    )
    return folder


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.open, self.asked = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.asked += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("meta", "polyline", "rect", "circle", "line", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_whole_small_and_asks_for_nothing_from_outside(folder, language):
    text = (folder / f"roll_risk.{language}.html").read_text()
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.asked == []
    assert "script" not in page.tags
    assert len(text) <= 2_000_000
    assert page.tags.count("svg") == 6


def test_a_card_tells_of_its_own_gates_and_of_how_the_whole_release_decides(folder):
    told = orjson.loads((folder / "roll_risk.json").read_bytes())["gates"]
    assert set(told) == {"roll_risk", "release"}
    assert [one["gate"] for one in told["release"]] == ["decisions", "decisions/roll_risk"]
    assert "3.1% of 400 customers, all to SMS (at most 25.0%)" in (folder / "roll_risk.en.md").read_text()
    assert "3,1% de 400 clientes, todos para SMS (até 25,0%)" in (folder / "roll_risk.pt-BR.html").read_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_everything_in_its_language(folder, language):
    words = yaml.safe_load(writing.WORDS.read_text())
    html, plain = ((folder / f"roll_risk.{language}.{kind}").read_text() for kind in ("html", "md"))
    other = LANGUAGES[LANGUAGES.index(language) - 1]
    for key in ("use", "not_for", "measures", "gates", "fairness", "data", "features", "limits", "prior", "provenance"):
        assert f"<h2>{words['said'][key][language]}</h2>" in html or f"<h3>{words['said'][key][language]}</h3>" in html
        assert words["said"][key][language] in plain
        if words["said"][key][language] != words["said"][key][other]:
            assert f"<h2>{words['said'][key][other]}</h2>" not in html
    assert words["models"]["roll_risk"]["question"][language] in html
    assert "ana &lt;b&gt;" in html
    assert "{" not in re.sub(r"<style>.*?</style>", "", html, flags=re.S)


def test_a_card_tells_of_its_own_gates_and_from_the_shallowest_arrears_on(folder):
    facts = orjson.loads((folder / "roll_risk.json").read_bytes())
    assert set(facts["gates"]) == {"roll_risk", "release"}
    html = (folder / "roll_risk.en.html").read_text()
    measured = html[html.index("How it did on other people") :]
    places = [measured.index(f"<td>{name}</td>") for name in ("1-30", "31-60", "120+", "all") if name in measured]
    assert places == sorted(places)


def test_the_markdown_tables_have_as_many_cells_in_every_row(folder):
    for language in LANGUAGES:
        rows = [line for line in (folder / f"roll_risk.{language}.md").read_text().splitlines() if line[:1] == "|"]
        table = []
        for row in rows:
            if set(row) <= set("|-: ") and table:
                table = table[-1:]
            table.append(row.count("|"))
        assert len(rows) > 12
        assert table


def test_the_same_training_writes_the_same_card(folder, learned, train, people, tmp_path):
    for file in card.write(
        tmp_path,
        [learned],
        _found(learned, train, people),
        ABOUT,
        train={"": train},
        people=people,
        periods={"": (train, learned.test)},
    ):
        assert file.read_bytes() == (folder / file.name).read_bytes()


def test_a_whole_card_lacks_nothing(folder):
    assert card.lint(folder, ["roll_risk"]) == ()
    assert card.lint(folder, ["self_cure"]) == ("self_cure has no card: self_cure.json is missing",)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_left_empty_blocks(folder, tmp_path, field):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    facts = orjson.loads((tmp_path / "roll_risk.json").read_bytes())
    *way, last = field.split(".")
    inner = facts
    for key in way:
        inner = inner[key]
    inner[last] = {} if isinstance(inner[last], dict) else ""
    (tmp_path / "roll_risk.json").write_bytes(orjson.dumps(facts))
    assert f"the card of roll_risk leaves {field} empty" in card.lint(tmp_path, ["roll_risk"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text[:2_000], "cut short"),
        (lambda text: text.replace("<header>", '<img src="https://elsewhere.example/a.png"><header>'), "from outside"),
        (lambda text: text.replace("<header>", "<script>1</script><header>"), "from outside"),
        (lambda text: text.replace("<header>", f"<header>{'x' * 2_000_000}"), "larger than"),
    ],
)
def test_a_page_that_is_not_whole_blocks(folder, tmp_path, change, problem):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    page = tmp_path / "roll_risk.en.html"
    page.write_text(change(page.read_text()))
    assert problem in " ".join(card.lint(tmp_path, ["roll_risk"]))


def test_a_prior_has_a_card_too(learned, train, tmp_path):
    prior = fit.prior(SPEC, "", train.take(slice(0, 20)), "20 rows to learn from, 300 needed")
    nobody = replace(learned, artifact=prior, verdict=judge(prior, train.take(slice(0, 0))), tuned=None)
    card.write(
        tmp_path,
        [replace(nobody, test=train.take(slice(0, 0)))],
        {"roll_risk": ()},
        replace(ABOUT, moments=(MOMENT,)),
        train={"": train},
    )
    assert card.lint(tmp_path, ["roll_risk"]) == ()
    assert "20 rows to learn from" in (tmp_path / "roll_risk.en.html").read_text()


def test_every_model_has_its_words(learned):
    words = yaml.safe_load(writing.WORDS.read_text())
    assert set(words["models"]) >= set(SPECS)
    units = {spec.unit for spec in SPECS.values()}
    assert set(words["said"]) >= units
