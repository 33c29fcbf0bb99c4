"""How the house stands: lines per module, share of typed public functions, import contracts kept."""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.measure import Figure, seconds

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("regua", "features", "models", "journeys", "training", "serving")


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Read every module of every room, and run the import contracts."""
    trees = {path: ast.parse(path.read_text("utf-8")) for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    lines = [len(path.read_text("utf-8").splitlines()) for path in trees]
    public = [function for tree in trees.values() for function in _public_functions(tree)]
    typed = [function for function in public if _is_typed(function)]
    documented = [function for function in public if ast.get_docstring(function)]
    kept, broken = _contracts()
    ask = [sys.executable, "-c", "from regua.cli import main; main()", "--help"]
    help_s = seconds(lambda: subprocess.run(ask, capture_output=True, check=True), repeat=3)
    return [
        Figure("modules", len(lines), "files"),
        Figure("lines per module, median", statistics.median(lines), "lines", goal="about 100"),
        Figure("lines per module, most", max(lines), "lines", goal="≤ 300"),
        Figure("public functions with full types", 100 * len(typed) / len(public), "%", goal="100 %"),
        Figure("public functions with a docstring", 100 * len(documented) / len(public), "%", goal="100 %"),
        Figure("import contracts kept", kept, "contracts"),
        Figure("import contracts broken", broken, "contracts", goal="0"),
        Figure("regua --help", help_s, "s", goal="≤ 1 s"),
    ]


def _public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for one in inside:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_"):
                yield one


def _is_typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return function.returns is not None and all(a.annotation or a.arg in ("self", "cls") for a in arguments)


def _contracts() -> tuple[int, int]:
    program = "from importlinter.cli import lint_imports_command as run; run()"
    linter = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    found = re.search(r"Contracts: (\d+) kept, (\d+) broken", linter.stdout)
    if not found:
        raise RuntimeError(linter.stdout + linter.stderr)
    return int(found[1]), int(found[2])
