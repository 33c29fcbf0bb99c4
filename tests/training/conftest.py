"""A tiny book whose every payment and contact a test can count, and cases to learn from without any book."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.tables import TABLES
from models import SPECS
from regua.dice import draw, identity
from regua.settings import Settings
from training.cases import history
from training.cases.registry import CASES
from training.examples import Examples
from training.learn import learn
from training.plan import Plan
from training.portfolio.generate import generate
from training.portfolio.world import load_world

UNTIL = date(2026, 6, 30)
AS_OF = datetime(2026, 6, 30, 9, tzinfo=UTC)

TEXTS = {"product": ("card", "telecom"), "kind": ("person",), "region": ("SP", "RJ"), "income_band": ("low", "high")}


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """A simulated book of 700 customers and nine months."""
    home = tmp_path_factory.mktemp("book")
    generate(load_world(), 700, home / "tables", until=UNTIL, months=9, seed=7)
    return Settings(home=home, threads=1, memory_mb=512)


@pytest.fixture(scope="session")
def short_plan():
    """A model of each kind of answer that a small book can teach, few trees."""
    some = {name: {} for name in ("roll_risk", "channel_response", "best_time", "recovery_curve")}
    everything = some | {"self_cure": {"observed_days_past_due": (1, 180)}}
    moments = {"every_days": 15, "back_days": 150}
    return Plan.model_validate(
        {"name": "short", "models": everything, "moments": moments, "trials": 2, "trees_maximum": 20}
    )


@pytest.fixture(scope="session")
def as_of():
    return AS_OF


@pytest.fixture(scope="session")
def report(book, short_plan):
    """What learning from the book came to."""
    return learn(book, AS_OF, plan=short_plan)


@pytest.fixture
def put(settings):
    """Write rows of a canonical table; what a row leaves out is NULL, and it is known when it happens."""

    def write(table, *rows):
        filled = [{"known_at": row["happened_at"]} | row for row in rows]
        types = TABLES[table].types
        frame = pl.DataFrame([{name: row.get(name) for name in types} for row in filled], schema=types)
        folder = settings.tables / table
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"{len(list(folder.iterdir()))}.parquet")

    return write


@pytest.fixture
def invoice(put):
    """Bill a contract."""

    def write(contract, due_on, amount_cents=10_000, **more):
        issued = datetime.fromisoformat(due_on) - timedelta(days=10)
        put(
            "invoices",
            {
                "invoice_id": f"{contract}/{due_on}",
                "contract_id": contract,
                "customer_id": f"owner of {contract}",
                "issued_on": issued.date(),
                "due_on": date.fromisoformat(due_on),
                "amount_cents": amount_cents,
                "happened_at": issued,
            }
            | more,
        )

    return write


@pytest.fixture
def payment(put):
    """Pay a contract, one invoice of it or whatever is oldest."""

    def write(contract, at, amount_cents=10_000, invoice=None, known_at=None):
        happened = datetime.fromisoformat(at)
        put(
            "payments",
            {
                "payment_id": f"{contract} paid {at}",
                "contract_id": contract,
                "customer_id": f"owner of {contract}",
                "invoice_id": invoice and f"{contract}/{invoice}",
                "amount_cents": amount_cents,
                "happened_at": happened,
                "known_at": datetime.fromisoformat(known_at) if known_at else happened,
            },
        )

    return write


@pytest.fixture
def contact(put):
    """Contact the owner of a contract."""

    def write(contract, at, channel="sms"):
        put(
            "contacts",
            {
                "contact_id": f"{contract} {at}",
                "customer_id": f"owner of {contract}",
                "channel": channel,
                "happened_at": datetime.fromisoformat(at),
            },
        )

    return write


@pytest.fixture
def found(settings, request):
    """Find the cases of a model, as of the ``AS_OF`` of who asks."""

    def ask(model, as_of=None, **plan):
        plan = Plan.model_validate({"name": "tiny", "models": {model: {}}} | plan)
        with history.opened(settings, plan, as_of or request.module.AS_OF, seed=7) as past:
            return CASES[model](past, plan.spec(model))

    return ask


@pytest.fixture(scope="session")
def cases():
    """Make ``rows`` cases of a model, enough to learn from, three a customer; ``signal``: how much the facts tell."""

    def make(model="roll_risk", rows=None, signal=1.0, key="cases"):
        rows = rows or max(900, SPECS[model].gates.minimum_rows // 3 * 3 + 3)
        who = identity([f"{key} {number}" for number in range(rows)])
        columns = {name: np.floor(draw(who, name, 0) * 60) for name in SPECS[model].features}
        for name, words in TEXTS.items() if "product" in columns else ():
            columns[name] = np.array(words, object)[(draw(who, name, 0) * len(words)).astype(int)]
        columns[min(columns, key="balance_open_cents".__ne__)][draw(who, "missing", 0) < 0.3] = np.nan
        direction = SPECS[model].monotone.get("on_time_share_12m", 1)
        on_time = columns.get("on_time_share_12m", np.full(rows, 30.0))
        late = columns.get("days_past_due", columns[SPECS[model].features[0]])
        logit = signal * (direction * (on_time - 30) + late - 30) / 12
        label = (draw(who, "label", 0) < 1 / (1 + np.exp(-logit))).astype(np.float64)
        customer = np.array([f"{key} customer {number % (rows // 3)}" for number in range(rows)], object)
        moment = np.datetime64("2026-01-01", "us") + np.arange(rows) * np.timedelta64(1, "h")
        return Examples(columns, label, np.ones(rows), moment, customer)

    return make
