"""The application: one service, its routes, and the same strictness and the same problems on every one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from regua import __version__
from regua.clock import Clock, SystemClock
from regua.settings import Settings
from serving import starting
from serving.api import (
    audit,
    books,
    changes,
    customers,
    decisions,
    events,
    explanations,
    feeds,
    health,
    jobs,
    journeys,
    keys,
    meta,
    metrics,
    models,
    openapi,
    permits,
    policies,
    problems,
    receipts,
    reference,
    reviews,
    sandbox,
    scores,
    switches,
    webhooks,
)
from serving.api.admission import Admission, Gate
from serving.api.desk import Desk
from serving.api.identity import RequestIdentity
from serving.degrading.overload import Load
from serving.service import Service
from serving.telemetry.observing import Observing
from serving.telemetry.tracing import tracing_of

ROUTES = (
    decisions,
    explanations,
    permits,
    scores,
    events,
    feeds,
    jobs,
    journeys,
    customers,
    receipts,
    reviews,
    audit,
    webhooks,
    keys,
    policies,
    books,
    models,
    changes,
    switches,
    sandbox,
    health,
    metrics,
    meta,
)
"""One module a resource, each with its ``resource``."""
_UNTOLD: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""Nothing is told of a request but by :mod:`serving.telemetry`: FastAPI would tell paths, which hold identifiers."""


def create_app(settings: Settings, clock: Clock | None = None, *, service: Service | None = None) -> FastAPI:
    """Make the HTTP service of one home.

    A champion that cannot be verified is never used: until a sound one is there, documented priors speak, and each
    decision says `model_unavailable`.

    Parameters
    ----------
    settings
        Where profiles, releases and the decision log lie.
    clock
        The clock that says at which moment a decision is made; the machine's own when None.
    service
        The parts already put together, by tests and by embedding programs; opened from the home when None.

    Raises
    ------
    UnavailableError
        The decision log cannot be opened.
    """
    opened = service or Service.serving(settings, clock or SystemClock())
    if service is None:
        opened.live_book.begin(opened.clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        starting.begun()
        yield
        if service is None:
            opened.close()

    app = FastAPI(
        title="Regua",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # Nobody is sent elsewhere: the place would be made of the caller's own Host, and named without TLS.
        redirect_slashes=False,
        telemetry=_UNTOLD,
    )
    app.state.service = opened
    load = Load(opened.settings.longest_wait_ms / 1_000)
    app.state.desk = Desk(opened.answers, opened.store, load)
    app.state.gate = Gate(load, opened.metrics, opened.settings.language)
    # The last one added stands outermost: what is observed has its name already, and refusing costs none of it.
    app.add_middleware(Observing, metrics=opened.metrics, tracing=tracing_of(opened.settings))
    app.add_middleware(RequestIdentity)
    app.add_middleware(Admission, gate=app.state.gate)
    problems.install(app)
    resources = [module.resource for module in ROUTES]
    for resource in resources:
        app.router.routes.extend(resource.routes)
    openapi.install(app, resources)
    reference.install(app)
    return app
