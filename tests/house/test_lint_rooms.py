"""Rooms stay apart.

The kernel is fast for one customer and for a million because it knows columns and nothing else; pandas alone would cost
it seventy times as much at one customer. Feast, MLflow and plotting take seconds to import, and a person who asks for
help waits for them. The truth of a simulated book would make every figure worthless if a decision could see it.
Import contracts live in ``pyproject.toml``; here they are run, and what they cannot see is added.
"""

import ast
import subprocess
import sys
import tomllib

KERNEL_KNOWS_NOT = {"feast", "mlflow", "fastapi", "lightgbm", "sklearn", "pandas", "polars", "shap"}
LEARNING = ["lightgbm", "mlflow", "numba", "optuna", "scipy", "shap", "sklearn"]
SLOW_TO_IMPORT = [*LEARNING, "dataframely", "duckdb", "fastapi", "feast", "matplotlib", "pandas", "polars", "ray"]
# The demo hands the simulator its folder; what it decides with never sees it.
MAY_KNOW_THE_TRUTH = ("training/portfolio/", "regua/settings.py", "regua/cli/demo/")


def test_every_import_contract_is_kept(root):
    linter = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert linter.returncode == 0, linter.stdout + linter.stderr


def test_the_contracts_still_say_what_the_kernel_must_not_know(root):
    linter = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = {frozenset(contract.get("source_modules", ())): contract for contract in linter["contracts"]}
    forbidden = contracts[frozenset({"journeys"})]
    assert set(forbidden["forbidden_modules"]) >= KERNEL_KNOWS_NOT
    assert not forbidden.get("allow_indirect_imports"), "an indirect import costs as much as a direct one"


def test_no_module_of_the_kernel_imports_pandas(rooms):
    importing = [
        f"{source.name}: {name}"
        for source in rooms
        if source.room == "journeys"
        for name in source.imports.values()
        if name.split(".")[0] in KERNEL_KNOWS_NOT
    ]
    assert not importing, "the kernel speaks regua.columns:\n" + "\n".join(importing)


def test_only_the_simulator_knows_where_the_truth_lies(rooms):
    knowing = [
        source.place(node)
        for source in rooms
        if not source.name.startswith(MAY_KNOW_THE_TRUTH)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "truth" and "settings" in ast.unparse(node.value)
    ]
    assert not knowing, "ask training.portfolio, and only to evaluate:\n" + "\n".join(knowing)


def test_asking_for_help_imports_nothing_slow(root):
    program = (
        "import sys; sys.argv = ['regua', '--help']\n"
        "from regua.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print('slow:', *sorted(set(sys.modules) & set({SLOW_TO_IMPORT!r})), file=sys.stderr)"
    )
    helped = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert helped.returncode == 0, helped.stdout + helped.stderr
    assert helped.stderr.split() == ["slow:"], f"import these inside the command: {helped.stderr}"


def test_only_the_command_line_prints(rooms):
    printing = [
        source.place(node)
        for source in rooms
        if not source.name.startswith("regua/cli/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ] + [
        f"{source.place(node)} {dotted}"
        for source in rooms
        if not source.name.startswith("regua/cli/")
        for node, dotted in source.mentions()
        if dotted.startswith(("sys.stdout", "rich.print", "typer.echo", "typer.secho"))
    ]
    assert not printing, "return it, or report progress through the callback you are given:\n" + "\n".join(printing)


def test_feast_reads_one_file_of_the_features(root):
    folder = root / "features"
    lines = (folder / ".feastignore").read_text().splitlines()
    patterns = [line.split("#")[0].strip() for line in lines]
    ignored = {path for pattern in patterns if pattern for match in folder.glob(pattern) for path in _inside(match)}
    # Feast imports every file by its bare name: profile.py would be the standard library's, others would load twice.
    read = {path for path in folder.rglob("*.py") if path.name != "__init__.py"} - ignored
    assert {path.relative_to(folder).as_posix() for path in read} == {"definitions.py"}


def _inside(path):
    return [path] if path.is_file() else list(path.rglob("*"))
