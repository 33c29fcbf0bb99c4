"""Permits at the command line: read one, claim it just before sending, say what became of its contact."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from serving.service import Service
    from serving.store import Permit

PermitId = Annotated[str, typer.Argument(help="A permit, as a decision tells it: per_…")]
By = Annotated[str, typer.Option("--by", help="Who claims or tells it.")]
OPERATOR = "operator"


def register(app: typer.Typer) -> None:
    """Add ``regua permit show | claim | release``."""
    permit = typer.Typer(help="Leave for one contact: claimed once, just before it is sent.", no_args_is_help=True)
    permit.command("show")(show)
    permit.command("claim")(claim)
    permit.command("release")(release)
    app.add_typer(permit, name="permit")


def show(permit: PermitId, as_json: AsJson = False) -> None:
    """Read where a permit stands, and who or what brought it there."""
    with _service() as service:
        _tell(service.store.permits.one(permit), as_json)


def claim(permit: PermitId, by: By = OPERATOR, as_json: AsJson = False) -> None:
    """Claim a permit on what is known now; exit 1, and do not send, if it is refused."""
    from serving.permits.claims import Claims

    with _service() as service:
        claimed = Claims(service.pipeline).claim(permit, service.clock.now(), by)
    _tell(claimed.permit, as_json, is_granted=claimed.is_granted, refused=claimed.reason)
    if not claimed.is_granted:
        raise typer.Exit(1)


def release(
    permit: PermitId,
    outcome: Annotated[str, typer.Option("--outcome", help="not_sent, sent, or unknown: nobody can say.")] = "not_sent",
    by: By = OPERATOR,
    as_json: AsJson = False,
) -> None:
    """Give a permit back that was not used, or say that it was, or that nobody knows."""
    from regua.errors import RequestError
    from serving.permits.claims import Claims, Outcome

    if outcome not in set(Outcome):
        raise RequestError(f"--outcome {outcome!r}", expected=f"one of {', '.join(Outcome)}")
    with _service() as service:
        _tell(Claims(service.pipeline).settle(permit, Outcome(outcome), service.clock.now(), by), as_json)


@contextmanager
def _service() -> "Iterator[Service]":
    from regua.clock import SystemClock
    from regua.settings import load
    from serving.service import Service

    service = Service.open(load(), SystemClock())
    try:
        yield service
    finally:
        service.close()


def _tell(permit: "Permit", as_json: bool, **more: Any) -> None:
    words = f"{permit.permit_id} is {permit.state}" + (f": {permit.reason}" if permit.reason else "")
    content = {
        "id": permit.permit_id,
        "decision_id": permit.decision_id,
        "channel": permit.channel,
        "slot": permit.slot,
        "state": str(permit.state),
        "reason": permit.reason,
        "not_before": permit.not_before.isoformat(),
        "expires_at": permit.expires_at.isoformat(),
        **more,
    }
    output.emit(content, words, as_json, f"regua permit show {permit.permit_id}")
