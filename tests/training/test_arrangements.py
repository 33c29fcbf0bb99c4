"""An offer that is taken becomes an arrangement: its instalments add up, are paid once, and it is kept or broken."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from regua.vocabulary import OfferKind
from training.portfolio import arrears, offering
from training.portfolio.days import Today
from training.portfolio.generate import generate
from training.portfolio.luck import Luck
from training.portfolio.simulation import Simulation
from training.portfolio.world import World, load_world


def _eager() -> World:
    """A world in which nearly everybody takes an offer, and some break it."""
    world = load_world()
    kinds = dict.fromkeys(OfferKind, 0.9)
    some = dict.fromkeys(OfferKind, 0.7)
    offers = world.offers.model_copy(update={"taken": kinds, "paid_on_day": some})
    return world.model_copy(update={"offers": offers})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arrangements")
    generate(_eager(), 700, folder / "raw", months=12)
    return folder


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, pl.DataFrame]:
    names = (
        *("arrangements", "arrangement_instalments", "signals", "holds", "contacts", "invoices", "payments"),
        "treatments",
    )
    return {name: pl.read_parquet(folder / "raw" / name / "*.parquet") for name in names}


def test_arrangements_of_every_kind_are_kept_and_broken(tables) -> None:
    made = tables["arrangements"]
    assert made.height > 150
    assert set(made["kind"]) == set(OfferKind)
    ended = made["resolution"].value_counts().rows_by_key("resolution", named=False)
    assert ended["completed"][0][0] > 30
    assert ended["broken"][0][0] > 30


def test_the_instalments_add_up_to_the_total_and_the_first_is_due_first(tables) -> None:
    parts = tables["arrangement_instalments"].group_by("arrangement_id").agg(
        pl.col("amount_cents").sum().alias("sum"), pl.len().alias("count"), pl.col("due_on").min().alias("first"),
        pl.col("amount_cents").sort_by("due_on").first().alias("earliest"), pl.col("due_on").n_unique().alias("days"),
    )  # fmt: skip
    both = tables["arrangements"].join(parts, on="arrangement_id", how="left")
    assert (both["sum"] == both["total_cents"]).all()
    assert (both["count"] == both["instalments"]).all()
    assert (both["days"] == both["instalments"]).all()
    assert (both["first"] == both["first_due_on"]).all()
    with_entry = both.filter(pl.col("entry_cents").is_not_null())
    assert with_entry.height > 20
    assert (with_entry["earliest"] == with_entry["entry_cents"]).all()


def test_each_instalment_is_paid_once_by_money_that_arrived_that_day(tables) -> None:
    paid = tables["arrangement_instalments"].drop_nulls("paid_at")
    money = (
        tables["payments"]
        .group_by("contract_id", pl.col("known_at").alias("paid_at"))
        .agg(pl.col("amount_cents").sum().alias("arrived"))
    )
    both = (
        paid.group_by("contract_id", "paid_at")
        .agg(pl.col("amount_cents").sum())
        .join(money, on=["contract_id", "paid_at"], how="left")
    )
    assert both.height > 100
    assert (both["arrived"] >= both["amount_cents"]).all()


def test_an_arrangement_is_completed_when_all_is_paid_and_broken_when_one_is_not(tables) -> None:
    left = tables["arrangement_instalments"].group_by("arrangement_id").agg(pl.col("paid_at").is_null().sum())
    both = tables["arrangements"].join(left, on="arrangement_id")
    assert (both.filter(pl.col("resolution") == "completed")["paid_at"] == 0).all()
    assert (both.filter(pl.col("resolution") == "broken")["paid_at"] > 0).all()
    assert (both.filter(pl.col("resolution").is_null())["paid_at"] > 0).all()
    assert (both["resolution"].is_null() == both["resolved_at"].is_null()).all()


def test_whoever_is_in_an_arrangement_is_held_and_let_go_with_it(tables) -> None:
    held = tables["holds"].filter(pl.col("kind") == "arrangement_current")
    keys = ["contract_id", "happened_at"]
    both = tables["arrangements"].join(held, on=keys, suffix="_hold")
    assert both.height == held.height == tables["arrangements"].height
    assert both["resolved_at"].equals(both["lifted_at"])


def test_the_ladder_leaves_an_arrangement_alone(tables) -> None:
    made = tables["arrangements"].select("contract_id", agreed="happened_at", ended="resolved_at")
    during = (
        tables["contacts"]
        .join(made, on="contract_id")
        .filter(
            (pl.col("happened_at") > pl.col("agreed")) & (pl.col("happened_at") < pl.col("ended") - timedelta(days=4))
        )
    )
    assert during.is_empty()


def test_the_contact_that_carried_the_offer_is_named(tables) -> None:
    contacts = tables["contacts"].select("contact_id", "offer", "read_at", "customer_id")
    both = tables["arrangements"].join(contacts, on="contact_id", how="left", suffix="_contact")
    assert (both["offer"] == both["offer_contact"]).all()
    assert (both["read_at"] < both["happened_at"]).all()


def test_a_missed_instalment_is_noticed_the_morning_after_and_forgotten_when_paid(tables) -> None:
    missed = tables["signals"].filter(pl.col("kind") == "arrangement_missed")
    assert missed.height > 30
    assert missed["cleared_at"].drop_nulls().len() > 30
    due = tables["arrangement_instalments"].select("contract_id", "due_on", "paid_at")
    noticed = missed.with_columns(due_on=pl.col("happened_at").dt.date().dt.offset_by("-1d"))
    both = noticed.join(due, on=["contract_id", "due_on"], how="left", suffix="_part")
    assert both["contract_id"].len() >= missed.height
    late = both.filter(pl.col("paid_at").is_not_null() & (pl.col("paid_at") > pl.col("happened_at")))
    assert (late["cleared_at"] == late["paid_at"]).all()


def test_what_a_discount_forgives_is_taken_off_the_bills_and_nobody_pays_it(tables) -> None:
    done = tables["arrangements"].filter((pl.col("kind") == "discount") & (pl.col("resolution") == "completed"))
    assert done.height > 5
    invoices = tables["invoices"].join(done.select("contract_id", "resolved_at", "total_cents"), on="contract_id")
    cancelled = invoices.filter(pl.col("cancelled_at") == pl.col("resolved_at"))
    assert set(cancelled["contract_id"]) == set(done["contract_id"])
    again = invoices.filter(pl.col("invoice_id").str.ends_with("-S"))
    both = again.join(
        cancelled.select("contract_id", "reference_month", full="amount_cents"), on=["contract_id", "reference_month"]
    )
    assert both.height > 0
    assert (both["amount_cents"] < both["full"]).all()


def test_a_simulated_book_and_its_tables_agree_on_what_is_owed(folder: Path, tables) -> None:
    """Bills in force less payments is what the world thinks is owed, contract by contract, to the cent."""
    simulation = Simulation.load(folder / "truth", _eager())
    book = simulation.state.contracts
    seen = arrears.look(simulation.state, simulation._today())
    now = pl.lit(simulation.day).cast(pl.Datetime("us", "UTC")) + pl.duration(hours=3)
    names = pl.Series("contract_id", simulation.contract_ids())
    arranged = set(tables["arrangements"]["contract_id"])
    # Disputed bills have an account of their own; here are those with an arrangement and no dispute.
    billed = tables["invoices"].filter(
        (pl.col("cancelled_at").is_null() | (pl.col("cancelled_at") > now))
        & ~pl.col("invoice_id").str.contains("-[DU]$")
    )
    billed = billed.filter(pl.col("due_on") < simulation.day).group_by("contract_id").agg(pl.col("amount_cents").sum())
    paid = tables["payments"].group_by("contract_id").agg(pl.col("amount_cents").sum().alias("paid"))
    owed = np.zeros(len(names), dtype=np.int64)
    owed[seen.rows] = seen.owed
    world = pl.DataFrame({"contract_id": names, "owed": owed, "wrong": book.wrong_month >= 0, "held": book.held_until})
    both = world.join(billed, on="contract_id").join(paid, on="contract_id")
    disputed = pl.read_parquet(folder / "raw/disputes/*.parquet")["contract_id"].implode()
    missing = tables["invoices"].filter(pl.col("due_on").is_null())["contract_id"].implode()
    future = tables["arrangements"].filter(pl.col("resolved_at") > now)["contract_id"].implode()
    both = both.filter(pl.col("contract_id").is_in(list(arranged)) & ~pl.col("contract_id").is_in(disputed))
    both = both.filter(~pl.col("contract_id").is_in(missing) & ~pl.col("contract_id").is_in(future))
    assert both.height > 80
    # Money paid ahead of a bill that is not due yet shows as less owed in the tables.
    wrong = both.filter((pl.col("amount_cents") - pl.col("paid")).clip(0) != pl.col("owed"))
    assert wrong.height <= 0.02 * both.height, wrong


def test_offers_are_made_as_often_as_their_logged_chance_says(folder: Path) -> None:
    world, simulation = _eager(), Simulation.load(folder / "truth", _eager())
    who = simulation.state.contracts.who[:400]
    step, days = np.full(400, 15), np.full(400, 16)
    counts: dict[int, int] = {}
    logged: dict[int, float] = {}
    for seed in range(40):
        offer, chance = offering.choose(world, Luck(seed), Today.of(simulation.state.day, simulation.state.origin),
                                        who, step, days, explore=True)  # fmt: skip
        for one, p in zip(offer.tolist(), chance.tolist(), strict=True):
            counts[one] = counts.get(one, 0) + 1
            assert logged.setdefault(one, p) == p
    assert sum(logged.values()) == pytest.approx(1.0)
    total = sum(counts.values())
    for one, p in logged.items():
        assert abs(counts[one] / total - p) < 4.5 * np.sqrt(p * (1 - p) / total)
    assert len(counts) >= 3


def test_without_chance_the_ladder_makes_the_offer_of_its_step(folder: Path) -> None:
    simulation = Simulation.load(folder / "truth", _eager())
    for _ in range(7):
        planned = simulation.ladder_actions()
        ladder = simulation.world.ladder.offers
        for step, offer, channel in zip(planned["step"], planned["offer"], planned["channel"], strict=True):
            assert offer is None or (offer == ladder[int(step)] and channel is not None)
        simulation.step(planned)


def _offered(simulation: Simulation, offer: str) -> dict[str, np.ndarray]:
    seen = arrears.look(simulation.state, simulation._today())
    rows = seen.rows[(seen.days_past_due > 61) & (simulation.state.contracts.arranged[seen.rows] < 0)]
    ids = np.array([simulation.contract_ids()[row] for row in rows], dtype=object)
    return {
        "contract_id": ids,
        "channel": np.full(len(ids), "whatsapp", dtype=object),
        "offer": np.full(len(ids), offer, dtype=object),
    }


def _made(rows: dict) -> set[str]:
    return {row["contract_id"] for row in rows["arrangements"].to_pylist() if row["resolution"] is None}


def test_a_decision_may_carry_an_offer_and_an_unknown_one_is_taken_by_nobody(folder: Path) -> None:
    simulation = Simulation.load(folder / "truth", _eager())
    twin = simulation.copy()
    rows, other = simulation.step(_offered(simulation, "plan_12")), twin.step(_offered(twin, "a_house_offer"))
    assert set(rows["contacts"].column("offer").to_pylist()) == {"plan_12"}
    assert len(_made(rows)) > 3
    assert set(other["contacts"].column("offer").to_pylist()) == {"a_house_offer"}
    assert not _made(other)


def test_a_better_offer_wins_whoever_a_worse_one_wins(folder: Path) -> None:
    simulation = Simulation.load(folder / "truth", _eager())
    offers = simulation.world.offers.model_copy(update={"taken": dict.fromkeys(OfferKind, 0.2)})
    simulation.world = simulation.world.model_copy(update={"offers": offers})
    twin = simulation.copy()
    worse, better = simulation.step(_offered(simulation, "discount_10")), twin.step(_offered(twin, "discount_25"))
    assert _made(worse) <= _made(better)
    assert _made(better)
    assert worse["contacts"].column("read_at").equals(better["contacts"].column("read_at"))


def test_arrangements_name_offers_of_the_world(tables) -> None:
    terms = _eager().offers.terms
    for offer, kind in tables["arrangements"].select("offer", "kind").unique().iter_rows():
        assert kind == terms[offer].kind
