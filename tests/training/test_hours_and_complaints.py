"""People have hours at which they are there, and some complain: seldom, and most of all who should be left in peace."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from training.portfolio import hours
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

MESSAGES = ("email", "sms", "whatsapp")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hours")
    generate(load_world(), 1_200, folder / "raw", months=8)
    return folder


@pytest.fixture(scope="module")
def contacts(folder: Path) -> pl.DataFrame:
    latent = pl.read_parquet(folder / "truth/latents/*.parquet").select("customer_id", "peak_hour", "is_sleeping_dog")
    local = pl.col("happened_at").dt.convert_time_zone("America/Sao_Paulo")
    hour = local.dt.hour().cast(pl.Float64) + local.dt.minute() / 60
    return (
        pl.read_parquet(folder / "raw/contacts/*.parquet")
        .join(latent, on="customer_id")
        .with_columns(hour=hour, gap=(hour - pl.col("peak_hour")).abs())
    )


def test_the_old_ladder_sends_in_every_slot_of_the_day(contacts: pl.DataFrame) -> None:
    slots = contacts.group_by((pl.col("hour") // 2 * 2).alias("slot")).len().sort("slot")
    assert slots["slot"].to_list() == [8, 10, 12, 14, 16, 18]
    assert slots["len"].min() > 0.13 * contacts.height


def test_what_is_sent_near_the_best_hour_is_read_sooner(contacts: pl.DataFrame) -> None:
    sent = contacts.filter(pl.col("channel").is_in(MESSAGES) & (pl.col("outcome") != "failed"))
    soon = ((pl.col("read_at") - pl.col("happened_at")) <= pl.duration(hours=2)).fill_null(value=False)
    near, far = (sent.filter(which).select(soon.mean()).item() for which in (pl.col("gap") < 2, pl.col("gap") > 5))
    assert near > 1.3 * far


def test_calls_near_the_best_hour_are_answered_more_often(contacts: pl.DataFrame) -> None:
    calls = contacts.filter(pl.col("channel").is_in(("call", "voice_bot")) & (pl.col("outcome") != "failed"))
    answered = pl.col("read_at").is_not_null().mean()
    near, far = (calls.filter(which).select(answered).item() for which in (pl.col("gap") < 2, pl.col("gap") > 5))
    assert near > 1.4 * far


def test_hours_average_out_over_the_day_and_letters_know_none(folder: Path) -> None:
    people = Simulation.load(folder / "truth", load_world()).state.people
    grid = np.arange(8.25, 20, 0.5)
    customers = np.arange(200)
    lifts = np.array([hours.lift(people, customers, np.full(200, hour)) for hour in grid])
    assert np.abs(lifts.mean(axis=0)).max() < 1e-9
    best = grid[lifts.argmax(axis=0)]
    assert np.abs(best - people.peak_hour[:200]).max() <= 0.5
    assert ((people.peak_hour >= 8) & (people.peak_hour < 20)).all()
    assert (people.peak_hour[people.is_company] < 18).all()


def test_the_hour_of_sending_is_that_of_the_decision(folder: Path) -> None:
    one, other = (Simulation.load(folder / "truth", load_world()) for _ in range(2))
    one.state.people.peak_strength[:] = other.state.people.peak_strength[:] = 6.0
    ids, peaks = np.array(one.contract_ids(), dtype=object), one.state.people.peak_hour[one.state.contracts.customer]
    start = np.datetime64(one.day, "us") + np.timedelta64(3, "h")
    rows = {"contract_id": ids, "channel": np.full(len(ids), "call", dtype=object)}
    best = start + (peaks * 3600).astype("timedelta64[s]")
    worst = start + (np.where(peaks > 14, 8.0, 19.9) * 3600).astype("timedelta64[s]")
    read = [sim.step(rows | {"send_at": at})["contacts"]["read_at"] for sim, at in ((one, best), (other, worst))]
    answered = [set(np.flatnonzero(~column.is_null().to_numpy()).tolist()) for column in read]
    assert answered[1] < answered[0], "the same luck: whoever answers at a bad hour answers at the best one"
    assert len(answered[0]) > 1.5 * len(answered[1])


def test_complaints_are_rare_and_come_most_of_all_from_sleeping_dogs(contacts: pl.DataFrame) -> None:
    complained = contacts.filter(pl.col("outcome") == "complained")
    assert 0.0002 * contacts.height < complained.height < 0.02 * contacts.height
    read = contacts.filter(pl.col("read_at").is_not_null())
    shares = read.group_by("is_sleeping_dog").agg((pl.col("outcome") == "complained").mean()).sort("is_sleeping_dog")
    assert shares["outcome"][1] > shares["outcome"][0]
    assert complained["read_at"].is_not_null().all()
    assert not set(complained["contact_id"]) & set(
        contacts.filter(pl.col("outcome").is_in(("promised", "opted_out")))["contact_id"]
    )
