"""Notebooks are read by people and run by nobody but this test: they must work, and carry no outputs into git."""

from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_S = 120


def _named(path):
    return path.stem


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
def test_a_notebook_runs_from_top_to_bottom_on_a_small_book(path, tmp_path, monkeypatch):
    monkeypatch.setenv("REGUA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REGUA_TOUR_CUSTOMERS", "300")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=LONGEST_S, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    assert any("image/png" in str(output) for cell in notebook.cells for output in cell.get("outputs", ()))


def test_there_is_a_tour_to_start_with():
    assert [path.name for path in NOTEBOOKS][:1] == ["01_tour_of_a_decision.ipynb"]
