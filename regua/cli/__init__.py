"""The door: one command line for strategists, data scientists and operators.

Each file offers ``register(app)`` (and ``register_check(check)`` for what ``regua check`` reads) and imports what a
command needs only when that command runs, so that ``regua --help`` answers at once.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import typer

from regua import __version__
from regua.cli import output
from regua.errors import ReguaError, SettingsError

ROOMS = ("features", "models", "journeys", "training", "serving")


def build() -> typer.Typer:
    """Assemble the commands."""
    app = typer.Typer(
        name="regua",
        help="Collections decisioning: the next right action for each customer in arrears, with its proof.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    check = typer.Typer(help="Read everything and say what is wrong: journeys, and data where a book is in force.")
    app.add_typer(check, name="check")
    app.callback()(_version)
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "register"):
            module.register(app)
        if hasattr(module, "register_check"):
            module.register_check(check)
    return app


def main() -> None:
    """Run the command line; a problem a person can mend ends it with a message, never with a traceback."""
    try:
        refuse_foreign_rooms()
        build()(standalone_mode=True)
    except ReguaError as problem:
        output.fail(problem, as_json="--json" in sys.argv)
        raise SystemExit(problem.exit_code) from problem


def refuse_foreign_rooms() -> None:
    """Refuse to start when another installed package stands in a room's name.

    A package called ``models`` in site-packages would shadow ours and answer in its place.
    """
    home = Path(__file__).resolve().parents[2]
    for room in ROOMS:
        spec = find_spec(room)
        origin = Path(spec.origin).resolve().parent if spec and spec.origin else None
        if origin != home / room:
            raise SettingsError(
                f"the package {room!r} comes from {origin}",
                expected=f"{home / room}",
                remedy="remove the other package, or run Regua in an environment of its own",
            )


def _version(
    version: bool = typer.Option(False, "--version", help="Print the version and stop.", is_eager=True),
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
