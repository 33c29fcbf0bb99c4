"""Both languages say everything, and nothing that is committed speaks of somebody's machine.

A strategist in Recife and an engineer abroad read the same decision; a sentence that exists in one language only is a
blank on somebody's screen. And what is committed is read by strangers: no paths of one machine, no addresses of
registries, no merge conflicts, no secrets.
"""

import ast
import re

import yaml

LANGUAGES = {"pt-BR", "en"}
# Written in pieces, so that this file does not find itself.
MACHINE = re.compile("|".join([r"(?<![\w./-])/wor" + r"k/", r"/tm" + r"p/w\b", r"(?<![\w.])/(home|User" + r"s)/\w+/"]))
REGISTRY = re.compile("|".join([r"pypi\.or" + "g/simple", "pythonhoste" + r"d\.org", "--(extra-)?index-ur" + "l"]))
LEFT_OVER = re.compile(
    "|".join(["^<{7} ", "^>{7} ", r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", "-----BEGIN [A-Z ]*PRIVAT" + "E"])
)


def _two_tongued(source):
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if keys & LANGUAGES:
                yield node, keys


def _mappings(value, path=""):
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from _mappings(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _mappings(inner, f"{path}[{position}]")


def _yaml_documents(root, committed):
    for path in committed:
        if path.suffix in (".yaml", ".yml") and path.relative_to(root).parts[0] not in ("tests", ".github"):
            yield path.relative_to(root).as_posix(), yaml.load(path.read_text("utf-8"), yaml.BaseLoader)


def test_every_sentence_in_code_is_said_in_both_languages(rooms):
    halves = [
        f"{source.place(node)} lacks {sorted(LANGUAGES - keys)}"
        for source in rooms
        for node, keys in _two_tongued(source)
        if not keys >= LANGUAGES
    ]
    assert not halves, "\n".join(halves)


def test_every_sentence_in_yaml_is_said_in_both_languages(root, committed):
    halves = [
        f"{name} {path}"
        for name, document in _yaml_documents(root, committed)
        for path, mapping in _mappings(document)
        if set(mapping) & LANGUAGES and not all(str(mapping.get(language, "")).strip() for language in LANGUAGES)
    ]
    assert not halves, "give both pt-BR and en:\n" + "\n".join(halves)


def test_a_catalogue_of_words_has_the_same_keys_in_both_languages(root, committed):
    for name, document in _yaml_documents(root, committed):
        if isinstance(document, dict) and set(document) == LANGUAGES and isinstance(document["en"], dict):
            only_one = {path for path, _ in _mappings(document["en"])} ^ {
                path for path, _ in _mappings(document["pt-BR"])
            }
            assert not only_one | (set(document["en"]) ^ set(document["pt-BR"])), name


def test_nothing_committed_speaks_of_one_machine(root, committed):
    found = []
    for path in committed:
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if MACHINE.search(line) or REGISTRY.search(line) or LEFT_OVER.search(line):
                found.append(f"{name}:{number} {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_no_data_and_no_model_is_committed(root, committed):
    kinds = {".parquet", ".db", ".csv", ".gz", ".zip", ".pkl", ".joblib", ".lgb", ".feather", ".sqlite"}
    data = [path.relative_to(root).as_posix() for path in committed if path.suffix in kinds]
    heavy = [name for name in data if not name.startswith("tests/")]
    assert not heavy, "data and models stay outside the project:\n" + "\n".join(heavy)
