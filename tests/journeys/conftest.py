"""Customers for the kernel: an ordinary one, as many as wanted, changed where a test says so; and a wild crowd."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from journeys import kernel
from journeys.book import HOME, compile_book, load, sources
from journeys.kernel import decide
from journeys.rehearsal.examples import ORDINARY, value_of
from regua.dice import draw, identity
from regua.errors import Place
from regua.vocabulary import CHANNELS

TUESDAY = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)  # 10:00 in São Paulo


def assert_alike(one, other):
    """Refuse decisions, or parts of them, that differ in any array: in a value, a type or a shape."""
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if is_dataclass(mine) and field.name != "book":
            assert_alike(mine, theirs)
        elif isinstance(mine, dict) and field.name != "columns":
            assert list(mine) == list(theirs)
            for name, array in mine.items():
                assert_array_equal(array, theirs[name], err_msg=f"{field.name} {name}", strict=True)
        elif isinstance(mine, np.ndarray):
            assert_array_equal(mine, theirs, err_msg=field.name, strict=True)


@pytest.fixture(scope="session", name="assert_alike")
def alike():
    """What refuses decisions that differ anywhere."""
    return assert_alike


@pytest.fixture(autouse=True, scope="module")
def both_roads():
    """Decide a few customers one by one, as the kernel does, and all at once: every test here sees them agree."""

    def decided(columns, book, moment):
        singly = decide_singly(columns, book, moment)
        assert_alike(singly, kernel.decide_together(columns, book, moment))
        return singly

    decide_singly = kernel.decide_singly
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "decide_singly", decided)
        yield


@pytest.fixture(scope="session")
def book():
    """The shipped book."""
    return load()


@pytest.fixture(scope="session")
def calm(book):
    """The shipped book with the dice at rest."""
    return book.without_chance()


@pytest.fixture(scope="session")
def policy(book):
    """What holds on an ordinary Tuesday."""
    return book.policies.on(TUESDAY.date())


@pytest.fixture
def tuesday():
    """Ten in the morning in São Paulo."""
    return TUESDAY


@pytest.fixture(scope="session")
def customers(book):
    """Make customers: ``customers(2, days_past_due=[3, 9])``; a list gives one value each, None is NULL."""

    def make(count=1, **changes):
        columns = {"customer_id": np.array([f"customer-{i}" for i in range(count)], dtype=object)}
        for name, text in ORDINARY.items():
            field = book.fields[name]
            columns[field.column] = np.repeat(value_of(field, text, Place()), count)
        columns |= {"contract_calls_7d": np.zeros(count), "unanswered_in_a_row": np.zeros(count)}
        for name in ("attempts_1d", "attempts_24h", "attempts_7d"):
            columns |= {name: np.zeros(count)} | {f"{name}_{channel}": np.zeros(count) for channel in CHANNELS}
        for name, given in changes.items():
            values = given if isinstance(given, list) else [given] * count
            if any(isinstance(value, str) for value in values):
                columns[name] = np.array(values, dtype=object)
            else:
                columns[name] = np.array([np.nan if value is None else value for value in values], np.float64)
        if "balance_overdue_cents" in changes:
            columns.setdefault("customer_balance_overdue_cents", columns["balance_overdue_cents"])
            columns["customer_balance_overdue_cents"] = columns["balance_overdue_cents"]
        return columns

    return make


def _positions(book, pick, whole, now_and_then):
    """Where a crowd stands: every version, journeys interrupted and left, grades of before."""
    names = [None, "gone_journey", *(journey.name for journey in book.journeys)]
    return {
        "journey_version": now_and_then("version", whole("version", 1, 3), 0.3),
        "stepped_on": now_and_then("stepped", TUESDAY.toordinal() - whole("stepped", 0, 9), 0.3),
        "left_on": now_and_then("left", TUESDAY.toordinal() - whole("left", 0, 9), 0.5),
        "return_journey": pick("return", names),
        "return_version": now_and_then("back version", whole("back version", 1, 3), 0.3),
        "return_entered_on": now_and_then("back day", TUESDAY.toordinal() - whole("back day", 0, 40), 0.1),
        "return_step_last": now_and_then("back step", whole("back step", -1, 5), 0.1),
        "risk_band_before": pick("risk before", [None, "low", "medium", "high", "gone"]),
        "self_cure_band_before": pick("cure before", [None, "low", "medium", "high"]),
    }


@pytest.fixture(scope="session")
def crowd(book):
    """Many customers in every state at once, some with figures missing; the same for a count and a world."""

    shipped = book

    def make(count=2_000, world=0, book=shipped):
        ids = np.array([f"crowd-{i}" for i in range(count)], dtype=object)
        who = identity(ids)

        def chance(name):
            return draw(who, name, 0, world)

        def pick(name, values):
            return np.array(values, dtype=object)[(chance(name) * len(values)).astype(int)]

        def whole(name, low, high):
            return np.floor(low + chance(name) * (high - low + 1))

        def now_and_then(name, array, share):
            return np.where(chance(f"{name}/null") < share, np.nan, array)

        owing = np.where(chance("current") < 0.1, 0.0, whole("balance", 500, 500_000))
        columns = {
            "customer_id": ids,
            "region": pick("region", [*book.policies.places.possible, None, "XX"]),
            "product": pick("product", ["card", "telecom", "utility", "fine", None]),
            "journey": pick("journey", [None, "gone_journey", *(journey.name for journey in book.journeys)]),
            "last_journey_exit": pick("exit", [*book.exits.tolist(), "gone.cured"]),
            "has_profile": (chance("profile") > 0.03).astype(float),
            "balance_overdue_cents": owing,
            "customer_balance_overdue_cents": now_and_then("balance", owing, 0.03),
            "hold_bits": now_and_then("hold", np.where(chance("held") < 0.1, 2.0 ** whole("kind", 0, 19), 0.0), 0.02),
            "hours_since_last_contact": now_and_then("hours", whole("hours", 0, 96), 0.3),
            "days_to_promise": now_and_then("promise", whole("promise", -5, 8), 0.5),
        }
        numbers = {
            "last_contact_state": (0, 5),
            "days_past_due": (-5, 130), "attempts_1d": (0, 2), "attempts_7d": (0, 8), "attempts_24h": (0, 3),
            "unanswered_in_a_row": (0, 13), "attempts_90d": (0, 12),
            "contact_points_valid": (0, 7), "connects_90d": (0, 2), "journey_day": (0, 35), "step_last": (-1, 8),
        }  # fmt: skip
        columns |= {name: now_and_then(name, whole(name, *span), 0.03) for name, span in numbers.items()}
        shares = ("p_roll", "p_self_cure", "delivered_share_90d", "read_share_90d", "p_response_nothing")
        columns |= {name: now_and_then(name, chance(name), 0.03) for name in shares}
        flags = ("has_open_promise", "has_paid_claim", "has_open_dispute", "is_placed")
        columns |= {name: now_and_then(name, (chance(name) < 0.1).astype(float), 0.1) for name in flags}
        columns |= _positions(book, pick, whole, now_and_then)
        columns["suspect_invoices"] = (chance("suspect") < 0.05).astype(float)
        columns["step_channels_tried"] = np.where(chance("tried") < 0.2, 2.0 ** whole("which", 0, 6), 0.0)
        for channel in CHANNELS:
            columns |= {
                f"has_point_{channel}": now_and_then(f"point {channel}", (chance(f"p{channel}") < 0.8) * 1.0, 0.1),
                f"consent_{channel}": now_and_then(f"consent {channel}", (chance(f"c{channel}") < 0.9) * 1.0, 0.3),
                f"attempts_1d_{channel}": (chance(f"1d {channel}") < 0.05) * 1.0,
                f"attempts_7d_{channel}": whole(f"7d {channel}", 0, 3),
                f"p_response_{channel}": now_and_then(f"r {channel}", chance(f"response {channel}"), 0.05),
            }
        return columns

    return make


@pytest.fixture(scope="session")
def written():
    """Make a book of journeys written in a test, with the dice at rest: ``written({"a": text})``."""
    shipped = {name: text for name, text in sources(HOME).items() if not name.startswith("catalog/")}

    def make(journeys, **others):
        files = {name if "/" in name else f"catalog/test/{name}.yaml": text for name, text in journeys.items()}
        return compile_book(shipped | files | {f"{name}.yaml": text for name, text in others.items()}).without_chance()

    return make


@pytest.fixture
def living(customers):
    """Let a customer live through days: ``living(book, [(0, {}), (3, {"has_paid_claim": 1})])``, one decision each."""

    def live(book, days, start=TUESDAY, **ordinary):
        position, told = {}, []
        for day, changes in days:
            moment = start + timedelta(days=day)
            columns = customers(**({"days_past_due": 1 + day, "p_roll": 0.9} | ordinary | changes))
            if position:
                entered = position["journey_entered_on"]
                columns = position | columns | {"journey_day": moment.date().toordinal() - entered}
            told.append(decide(columns, book, moment))
            position = dict(told[-1].position_next)
        return told

    return live
