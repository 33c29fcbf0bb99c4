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


def test_every_guardrail_answers_for_every_customer_and_channel(guardrails):
    for name, rule in guardrails.items():
        assert list(inspect.signature(rule.stops).parameters)[:3] == ["columns", "policy", "moment"], name


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
