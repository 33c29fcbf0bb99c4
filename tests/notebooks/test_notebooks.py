"""Notebooks are read by people and run by nobody but this test: they must work, and carry no outputs into git."""

from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from features import snapshots
from models import bundle
from regua.cli.demo import taught
from regua.errors import NotFoundError, RequestError
from training import recalled

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_S = 120
CUSTOMERS = 1_000


def _named(path):
    return path.stem


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where the book that all notebooks look into is made, by the first that asks for it."""
    return tmp_path_factory.mktemp("notebooks") / "home"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_named)
def test_a_notebook_is_committed_without_its_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    kept = [cell["id"] for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    assert not kept, f"clear all outputs of {path.name} before committing it"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_named)
def test_every_plot_and_table_of_a_notebook_is_introduced_in_words(path):
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    bare = [after.source for before, after in pairwise(cells) if before.cell_type == "code" == after.cell_type]
    assert not bare, "put a sentence before each step:\n" + "\n---\n".join(bare)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=_named)
def test_a_notebook_runs_from_top_to_bottom_on_a_small_book(path, home, tmp_path, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(home))
    monkeypatch.setenv("REGUA_NOTEBOOK_CUSTOMERS", str(CUSTOMERS))
    monkeypatch.setenv("REGUA_THREADS", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=LONGEST_S, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    assert any("image/png" in str(output) for cell in notebook.cells for output in cell.get("outputs", ()))


@pytest.mark.slow
def test_the_book_they_share_is_made_once_and_a_copy_leaves_it_alone(home, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(home))
    monkeypatch.setenv("REGUA_NOTEBOOK_CUSTOMERS", str(CUSTOMERS))
    monkeypatch.setenv("REGUA_THREADS", "1")
    first = taught.book()
    again = taught.book()
    assert not again.is_new
    assert again.settings.home == first.settings.home
    assert snapshots.built(again.settings)[-1] == again.dawn
    champion = bundle.champion(again.settings.releases).name
    copy = again.copied("test")
    bundle.mark(copy.releases, bundle.CHAMPION, "another")
    assert bundle.champion(taught.book().settings.releases).name == champion


@pytest.mark.slow
def test_a_finished_training_is_read_back_as_it_was_judged(home, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(home))
    monkeypatch.setenv("REGUA_THREADS", "1")
    book = taught.book(CUSTOMERS)
    found = recalled.last(book.settings)
    assert (found.as_of, found.plan, set(found.cases)) == (book.learned_as_of, book.plan, set(book.plan.models))
    for name, arms in found.learned.items():
        assert len(arms) == len(found.cases[name].spec.each_arm)
        assert all(one.artifact.name in found.gates for one in arms)
    folds, data = found.folds["self_cure"], found.cases["self_cure"]
    assert found.learned["self_cure"][0].folds["train"] == folds.train.sum()
    assert not set(data.examples.customer[folds.train]) & set(data.examples.customer[folds.test])


def test_a_home_that_never_learned_has_nothing_to_read_back(settings):
    with pytest.raises(NotFoundError, match="no finished training"):
        recalled.last(settings)


@pytest.mark.parametrize("size", ["many", "-3", "7"])
def test_a_size_that_is_none_is_refused(size, tmp_path, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(tmp_path))
    monkeypatch.setenv("REGUA_NOTEBOOK_CUSTOMERS", size)
    with pytest.raises(RequestError, match="REGUA_NOTEBOOK_CUSTOMERS"):
        taught.book()


def test_notebooks_are_numbered_in_the_order_to_read_them():
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{number:02}_" for number in range(1, len(NOTEBOOKS) + 1)]
    assert NOTEBOOKS[0].name == "01_tour_of_a_decision.ipynb"


def test_the_page_of_notebooks_names_each_of_them():
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"(../notebooks/{path.name})" not in page] == []
