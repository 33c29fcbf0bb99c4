"""A release goes to work, or an earlier one comes back: ``regua promote`` and ``regua rollback``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regua import settings as places
from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from models.history import Change

By = Annotated[str, typer.Option("--by", help="Who asks for it.")]
ApprovedBy = Annotated[str, typer.Option("--approved-by", help="Who agreed: another person.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words.")]
MlRuns = Annotated[Path, typer.Option("--mlruns", help="Folder of the experiment log, whose champion follows.")]


def register(app: typer.Typer) -> None:
    """Add the commands that change the champion."""
    app.command("promote")(promote)
    app.command("rollback")(rollback)


def promote(
    release: Annotated[str, typer.Argument(help="A release identifier, or challenger.")],
    by: By,
    approved_by: ApprovedBy,
    reason: Reason,
    mlruns: MlRuns = Path("mlruns"),
    as_json: AsJson = False,
) -> None:
    """Put a release to work: signed, through its gates, its cards whole, and a second person agrees."""
    from regua.clock import SystemClock
    from serving.changes import unrequested
    from training.releasing import promotion

    settings = places.load()
    unrequested.refuse(settings)
    change = promotion.promote(settings, release, by=by, approved_by=approved_by, reason=reason, at=SystemClock().now())
    _tell(change, mlruns, as_json)


def rollback(
    by: By, approved_by: ApprovedBy, reason: Reason, mlruns: MlRuns = Path("mlruns"), as_json: AsJson = False
) -> None:
    """Bring back the champion before the present one; a second person must agree."""
    from regua.clock import SystemClock
    from serving.changes import unrequested
    from training.releasing import promotion

    settings = places.load()
    unrequested.refuse(settings)
    change = promotion.rollback(settings, by=by, approved_by=approved_by, reason=reason, at=SystemClock().now())
    _tell(change, mlruns, as_json)


def _tell(change: "Change", mlruns: Path, as_json: bool) -> None:
    from training.releasing import register as log

    followed = log.follow(mlruns, change.taken)
    left = f", in place of {change.left}" if change.left else ""
    words = f"champion is now {change.taken}{left}; services at work take it up by themselves\n{followed}"
    output.emit(change.to_json() | {"experiment_log": followed}, words, as_json, "regua models")
