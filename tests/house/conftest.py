"""One reading of the house for all its lints: every source file parsed once, names resolved through its imports."""

import ast
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("regua", "features", "models", "journeys", "training", "serving")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file of the house: its place, its text and its tree."""

    path: Path
    text: str

    @cached_property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @cached_property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def imports(self) -> dict[str, str]:
        """Local name → what it stands for: ``np`` → ``numpy``, ``datetime`` → ``datetime.datetime``."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return names

    def mentions(self) -> Iterator[tuple[ast.expr, str]]:
        """Every name and attribute chain that leads back to an import, called or only handed over."""
        inner = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner:
                dotted = self._resolve(node)
                if dotted:
                    yield node, dotted

    def _resolve(self, node: ast.expr) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports:
            return None
        return ".".join([self.imports[node.id], *reversed(parts)])

    def functions(self) -> Iterator[FunctionNode]:
        """Every function and method, at any depth."""
        return (node for node in ast.walk(self.tree) if isinstance(node, FunctionNode))

    def public_definitions(self) -> Iterator[FunctionNode | ast.ClassDef]:
        """Classes, functions and methods that others may use: no underscore anywhere on the way, no inner functions."""
        if any(part.startswith("_") and part != "__init__.py" for part in self.name.split("/")):
            return
        waiting: list[ast.stmt] = list(self.tree.body)
        while waiting:
            node = waiting.pop(0)
            if not isinstance(node, FunctionNode | ast.ClassDef) or node.name.startswith("_"):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                waiting.extend(node.body)

    def place(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


def _read(folder: Path) -> list[Source]:
    return [Source(path, path.read_text("utf-8")) for path in sorted(folder.rglob("*.py")) if path.is_file()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in every run how large the house is."""
    lines = {source.name: source.lines for room in ROOMS for source in _read(ROOT / room)}
    largest = max(lines, key=lambda name: lines[name])
    median = statistics.median(lines.values())
    terminalreporter.write_line(
        f"house: {len(lines)} modules, median {median:.0f} lines, largest {lines[largest]} ({largest})"
    )


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder the project lies in."""
    return ROOT


@pytest.fixture(scope="session")
def rooms() -> list[Source]:
    """Every Python file of the product."""
    return [source for room in ROOMS for source in _read(ROOT / room)]


@pytest.fixture(scope="session")
def tests() -> list[Source]:
    """Every Python file of the tests and benchmarks."""
    return _read(ROOT / "tests")


@pytest.fixture(scope="session")
def committed() -> list[Path]:
    """Every text file that is committed, or every file of the source tree where there is no git history."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        folders = [ROOT / name for name in (*ROOMS, "tests", "docs", "notebooks", "requirements")]
        paths = [path for folder in folders for path in folder.rglob("*")] + list(ROOT.glob("*"))
    return [path for path in sorted(paths) if path.is_file() and b"\0" not in path.read_bytes()[:4096]]
