"""A guardrail can be traced: to its law, to its words, to its test.

When a customer or a regulator asks why somebody was, or was not, contacted, the answer is a rule with a source, a
sentence in both languages and a bit of its own in every decision. A guardrail that no test names is one that nobody
has watched fail.
"""

import ast
import inspect
from importlib import import_module

import pytest

LANGUAGES = {"pt-BR", "en"}


@pytest.fixture(scope="module")
def guardrails(root):
    """Every guardrail by name, as it is at run time."""
    folder = root / "journeys" / "guardrails"
    names = [path.stem for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")]
    found = {name: import_module(f"journeys.guardrails.{name}") for name in names}
    rules = {name: module for name, module in found.items() if hasattr(module, "stops")}
    assert rules, "no guardrail offers stops(): has the folder moved?"
    return rules


def test_every_guardrail_has_a_source_one_can_look_up(guardrails):
    nameless = [name for name, rule in guardrails.items() if len(str(getattr(rule, "SOURCE", "")).split()) < 2]
    assert not nameless, "SOURCE names the law, the code or the decision it comes from:\n" + "\n".join(nameless)


def test_every_guardrail_says_why_in_both_languages(guardrails):
    mute = []
    for name, rule in guardrails.items():
        words = getattr(rule, "WORDS", {})
        spoken = {language for language, sentence in words.items() if len(str(sentence).split()) >= 2}
        if not spoken >= LANGUAGES:
            mute.append(f"{name}: says it in {sorted(spoken)}")
        elif words["pt-BR"] == words["en"]:
            mute.append(f"{name}: the same sentence in both languages")
    assert not mute, "\n".join(mute)


def test_every_guardrail_has_a_bit_of_its_own(guardrails):
    bits = {name: int(rule.BIT) for name, rule in guardrails.items()}
    assert len(set(bits.values())) == len(bits), bits


def test_a_bit_is_one_bit_and_lasting_is_yes_or_no(guardrails):
    for name, rule in guardrails.items():
        assert int(rule.BIT).bit_count() == 1, name
        assert isinstance(rule.LASTING, bool), name


def test_every_guardrail_always_runs(guardrails):
    from journeys.guardrails import REGISTER

    assert dict(REGISTER) == guardrails, "a file of journeys/guardrails that the register lacks never stops anybody"


ANATOMY = {
    "stops": ["columns", "policy", "moment"],
    "stops_alone": ["row", "policy", "moment"],
    "rules": ["row", "channel", "policy", "moment"],
    "earliest": ["row", "channel", "policy", "moment"],
}


@pytest.mark.parametrize("asked", ANATOMY)
def test_every_guardrail_says_what_it_stops_by_which_rules_and_until_when(guardrails, asked):
    for name, rule in guardrails.items():
        assert callable(getattr(rule, asked, None)), f"{name} has no {asked}()"
        assert list(inspect.signature(getattr(rule, asked)).parameters) == ANATOMY[asked], name


def test_what_a_guardrail_says_is_what_a_decision_tells(guardrails):
    from journeys.book import load

    words = {str(code): dict(sentences) for code, sentences in load().reasons.words.items()}
    differing = [name for name, rule in guardrails.items() if words.get(f"blocked_{name}") != dict(rule.WORDS)]
    assert not differing, "reasons.yaml says otherwise, or nothing, of: " + ", ".join(differing)


def test_no_guardrail_knows_another(guardrails, root):
    for name in guardrails:
        tree = ast.parse((root / "journeys" / "guardrails" / f"{name}.py").read_text("utf-8"))
        known = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        known |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not [one for one in known if one.startswith(("journeys.guardrails", "journeys.stages"))], name


def test_every_guardrail_is_named_by_a_test(guardrails, tests):
    watched = {
        word
        for source in tests
        if source.name.startswith("tests/journeys/")
        for node in ast.walk(source.tree)
        for word in _names(node)
    }
    unwatched = sorted(set(guardrails) - watched)
    assert not unwatched, "write a test at the boundary of:\n" + "\n".join(unwatched)


def _names(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("/", ".").split(".")
    if isinstance(node, ast.alias):
        return node.name.split(".")
    return [getattr(node, "attr", None) or getattr(node, "id", "")]
