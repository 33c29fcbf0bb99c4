"""The worker process at the command line, and webhooks by hand: try one, tell something again."""

from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import moments, output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from regua.clock import Clock
    from serving.store import Store


def register(app: typer.Typer) -> None:
    """Add ``regua work``, ``webhooks list``, ``webhooks test`` and ``webhooks redeliver``."""
    app.command("work")(work)
    webhooks = typer.Typer(help="Who outside is told of what happens here.", no_args_is_help=True)
    webhooks.command("list")(list_webhooks)
    webhooks.command("test")(try_webhook)
    webhooks.command("redeliver")(redeliver)
    app.add_typer(webhooks, name="webhooks")


def work(
    once: Annotated[bool, typer.Option("--once", help="Do what there is to do now, and stop.")] = False,
    at: Annotated[str, typer.Option("--at", help="Work as of this fixed moment: for a book of the past.")] = "",
    as_json: AsJson = False,
) -> None:
    """Do what a service does beside answering: deliver webhooks, let permits run out. Several may run side by side."""
    import signal

    from models import boosting
    from regua import settings
    from serving.service import Service
    from serving.telemetry import logs
    from serving.work import open_worker

    boosting.take_up_alone()
    loaded = settings.load()
    service = Service.serving(loaded, _clock(at))
    worker, deliverer = open_worker(service)
    try:
        if once:
            done = worker.run_once()
            output.emit({"done": done}, ", ".join(f"{count} {name}" for name, count in done.items()), as_json)
            return
        logs.configure(loaded.log_level)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: worker.stop())
        typer.echo("working; Ctrl-C stops after what is in hand", err=True)
        worker.run()
    finally:
        deliverer.close()
        service.close()


def list_webhooks(as_json: AsJson = False) -> None:
    """List the endpoints that are told of what happens here, and how well they listen."""
    with _store() as store:
        found = store.webhooks.every()
        waiting = store.webhooks.counted()
    rows = [
        {
            "endpoint_id": one.endpoint_id,
            "url": one.url,
            "kinds": list(one.kinds),
            "state": str(one.state),
            "failing_since": one.failing_since,
        }
        for one in found
    ]
    told = [f"{row['endpoint_id']}  {row['state']}  {row['url']}" for row in rows]
    output.emit({"endpoints": rows, "deliveries": waiting}, "\n".join(told) or "no webhook endpoints", as_json)


def try_webhook(
    endpoint_id: Annotated[str, typer.Argument(help="The endpoint to try.")], as_json: AsJson = False
) -> None:
    """Send one endpoint a message of kind webhook.test now, and say what it answered. Exit 1 if it did not hear it."""
    from serving.webhooks.registering import trial

    clock = _clock("")
    with _store() as store:
        endpoint = store.webhooks.one(endpoint_id)
        delivery = store.webhooks.tell_alone(endpoint, trial(endpoint, clock.now()), clock.now())
        _deliver_now(store, clock, delivery.delivery_id, as_json)


def redeliver(
    delivery_id: Annotated[str, typer.Argument(help="The delivery to make again.")], as_json: AsJson = False
) -> None:
    """Tell an endpoint something again, now. Exit 1 if it did not hear it."""
    clock = _clock("")
    with _store() as store:
        store.webhooks.redeliver(delivery_id, clock.now())
        _deliver_now(store, clock, delivery_id, as_json)


def _deliver_now(store: "Store", clock: "Clock", delivery_id: str, as_json: bool) -> None:
    from regua import settings
    from serving.webhooks.delivering import Deliverer

    deliverer = Deliverer.of(settings.load(), store, clock)
    deliverer.deliver_one(delivery_id)
    deliverer.close()
    found, tries = store.webhooks.delivery(delivery_id)
    last = tries[-1] if tries else None
    answer = str(last.status or last.problem) if last else "not tried"
    result = {"delivery_id": delivery_id, "state": str(found.state), "answer": answer, "tries": len(tries)}
    output.emit(result, f"{delivery_id}  {found.state}  {answer}", as_json)
    if str(found.state) != "delivered":
        raise typer.Exit(1)


def _store() -> "Store":
    from regua import settings
    from serving.store import Store

    return Store.open(settings.load())


def _clock(at: str) -> "Clock":
    from regua.clock import SetClock, SystemClock

    return SetClock(moments.given(at, "--at")) if at else SystemClock()
