"""Documents do not lie about the house.

A newcomer reads the README and the essay before any code. A link that leads nowhere, a file that was renamed, a command
that does not exist cost them the trust that the rest was written for.
"""

import re
from collections import Counter

import pytest
import yaml

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|yaml|md|sh|ipynb))`")
MAKE = re.compile(r"^make ([a-z-]+)|`make ([a-z-]+)`", re.M)
REGUA = re.compile(r"^(?:\.venv/bin/)?regua ([a-z-]+)|`regua ([a-z-]+)", re.M)
EXAMINED = re.compile(r"^\| (\d[^|]*) \| (yes|none|yours|no) \|", re.M)
ASVS_TO_LEVEL_2 = 253


@pytest.fixture(scope="module")
def documents(root):
    paths = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), root / "mlruns" / "README.md"]
    return {path: path.read_text("utf-8") for path in paths}


def _said(pattern, text):
    return {word for found in pattern.finditer(text) for word in found.groups() if word}


def test_every_link_leads_somewhere(root, documents):
    lost = [
        f"{path.relative_to(root)}: {link}"
        for path, text in documents.items()
        for link in LINK.findall(text)
        if not (path.parent / link).exists()
    ]
    assert not lost, "\n".join(lost)


def test_every_file_that_is_named_is_there(root, documents):
    lost = [
        f"{path.relative_to(root)}: {name}"
        for path, text in documents.items()
        for name in NAMED_FILE.findall(text)
        if not (root / name).exists() and not any(root.glob(f"[a-z]*/{name}")) and not name.startswith("home/")
    ]
    assert not lost, "\n".join(lost)


def test_every_command_that_is_named_exists(root, documents):
    from regua.cli import build

    app = build()
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.M))
    lost = [
        f"{path.relative_to(root)}: {word}"
        for path, text in documents.items()
        for word in (_said(MAKE, text) - targets) | (_said(REGUA, text) - known)
    ]
    assert not lost, "\n".join(lost)


def test_the_mapping_the_readme_shows_can_be_used(root, documents, tmp_path):
    from features.ingest.mapping_file import read_mapping

    shown = re.search(r"```yaml\n(# mapping\.yaml.*?)```", documents[root / "README.md"], re.S)
    (tmp_path / "mapping.yaml").write_text(shown[1])
    assert {"customers", "contracts", "invoices"} == set(read_mapping(tmp_path / "mapping.yaml").tables)


def test_the_journey_the_readme_shows_is_part_of_the_shipped_one(root, documents):
    shown = yaml.load(re.search(r"```yaml\n(journey:.*?)```", documents[root / "README.md"], re.S)[1], yaml.BaseLoader)
    path = next((root / "journeys" / "catalog").rglob(f"{shown['journey']}.yaml"))
    shipped = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    assert all(step in shipped["steps"] for step in shown["steps"])
    assert all(example in shipped["examples"] for example in shown["examples"])
    assert shown["leave"].items() <= shipped["leave"].items()
    assert {name: shown[name] for name in ("version", "title", "enter")} == {
        name: shipped[name] for name in ("version", "title", "enter")
    }


def test_the_examination_tells_of_each_requirement_once_and_counts_them_right(root):
    text = (root / "docs" / "asvs.md").read_text("utf-8")
    told = [(number, state) for numbers, state in EXAMINED.findall(text) for number in _numbers(numbers)]
    held = dict(told)
    assert len(held) == len(told) == ASVS_TO_LEVEL_2
    count = Counter(held.values())
    said = "Of {} requirements {} are held, {} are about nothing here, {} are yours and {} are not held."
    assert said.format(len(held), *(count[state] for state in ("yes", "none", "yours", "no"))) in text
    gaps = re.search(r"## Not held\n(.*?)\n## ", text, re.S)[1]
    listed = {number for numbers in re.findall(r"^\| (\d[^|]*) \|", gaps, re.M) for number in _numbers(numbers)}
    assert listed == {number for number, state in told if state == "no"}


def _numbers(told):
    """Spell ``6.2.1–6.2.3, 6.4.1`` out."""
    for part in told.split(", "):
        first, _, last = part.partition("–")
        section, number = first.rsplit(".", 1)
        for one in range(int(number), int((last or first).rsplit(".", 1)[1]) + 1):
            yield f"{section}.{one}"
