"""The old ladder's choices carry the exact chance with which they were made."""

from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from training.portfolio import arrears, ladder
from training.portfolio.days import Today, calendar_day, is_weekday
from training.portfolio.generate import generate
from training.portfolio.luck import Luck
from training.portfolio.simulation import Simulation
from training.portfolio.world import World, load_world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ladder")
    generate(load_world(), 500, folder / "raw", months=6)
    return folder


@pytest.fixture
def simulation(folder: Path) -> Simulation:
    return Simulation.load(folder / "truth", load_world())


def _exploring(world: World, share: float) -> World:
    return world.model_copy(update={"ladder": world.ladder.model_copy(update={"randomised_share": share})})


def test_each_choice_is_made_as_often_as_its_logged_propensity_says(simulation: Simulation) -> None:
    world, state = _exploring(load_world(), 0.5), simulation.state
    today = Today.of(state.day, state.origin)
    seen, times, made, logged = arrears.look(state, today), 300, Counter(), {}
    for seed in range(times):
        chosen = ladder.choose(state, world, Luck(seed), today, seen)
        at_step = chosen.step >= 0
        keys = list(zip(chosen.rows[at_step].tolist(), chosen.channel[at_step].tolist(), strict=True))
        made.update(keys)
        for key, chance in zip(keys, chosen.propensity[at_step], strict=True):
            assert logged.setdefault(key, chance) == chance
    contracts = {row for row, _ in made}
    assert len(contracts) >= 5
    for row in contracts:
        # Every action that can be chosen is seen in so many worlds, so the logged chances add up to one.
        assert sum(chance for key, chance in logged.items() if key[0] == row) == pytest.approx(1.0)
    p = np.array([logged[key] for key in made])
    frequency = np.array([made[key] for key in made]) / times
    z = (frequency - p) / np.sqrt(np.maximum(p * (1 - p), 1e-12) / times)
    assert np.abs(z[p < 1]).max() < 4.5
    assert 0.6 < np.mean(z[p < 1] ** 2) < 1.5


def test_weights_by_propensity_restore_every_choice(folder: Path) -> None:
    treatments = pl.read_parquet(folder / "raw/treatments/*.parquet")
    assert treatments["propensity"].is_between(0, 1, closed="right").all()
    weights = 1 / treatments["propensity"].to_numpy() * treatments["channel"].is_null().to_numpy()
    error = weights.std() / np.sqrt(len(weights))
    assert abs(weights.mean() - 1) < 4 * error
    assert treatments["is_randomised"].mean() > 0.05
    assert treatments.filter(pl.col("channel").is_null()).height > 50


def test_a_choice_left_to_chance_falls_alike_on_all_that_could_be_done(folder: Path) -> None:
    treatments = pl.read_parquet(folder / "raw/treatments/*.parquet").filter("is_randomised")
    among = treatments["among"].str.split(" ").to_list()
    chosen = treatments["channel"].fill_null("nothing").to_list()
    assert all(one in could for one, could in zip(chosen, among, strict=True))
    for channel in ("nothing", "letter", "sms"):
        could = np.array([channel in names for names in among])
        share = np.array([1 / len(names) for names in among])[could]
        was = (np.array(chosen) == channel)[could]
        assert abs(was.mean() - share.mean()) < 4 * np.sqrt((share * (1 - share)).sum()) / len(share), channel


def test_a_choice_that_was_contacted_has_its_contact_and_one_left_in_peace_has_none(folder: Path) -> None:
    treatments = pl.read_parquet(folder / "raw/treatments/*.parquet")
    contacts = pl.read_parquet(folder / "raw/contacts/*.parquet")
    assert contacts.height == treatments["channel"].is_not_null().sum()
    day = pl.col("happened_at").dt.convert_time_zone("America/Sao_Paulo").dt.date().alias("day")
    keys = ["contract_id", "channel", "day"]
    both = contacts.with_columns(day).join(treatments.with_columns(day), on=keys, suffix="_chosen")
    assert both.height == contacts.height
    assert (both["propensity"] == both["propensity_chosen"]).all()


def test_the_ladder_without_chance_is_certain_and_rests_at_weekends(simulation: Simulation) -> None:
    for _ in range(7):
        planned = simulation.ladder_actions()
        assert (planned["propensity"] == 1.0).all()
        assert is_weekday(simulation.day) or len(planned["contract_id"]) == 0
        assert len(set(planned["customer_id"])) == len(planned["customer_id"])
        simulation.step(planned)


def test_only_permitted_channels_are_used(simulation: Simulation) -> None:
    state = simulation.state
    while not is_weekday(calendar_day(state.day)):
        simulation.step()
    today = Today.of(state.day, state.origin)
    state.people.consent_until[:] = -1
    chosen = ladder.choose(state, simulation.world, Luck(1), today, arrears.look(state, today))
    assert len(chosen.rows) > 0
    assert (chosen.channel == -1).all()
    assert (chosen.propensity == 1.0).all()


def test_each_step_of_the_ladder_is_reached_once_even_over_a_weekend() -> None:
    world = load_world()
    monday = ladder._steps_reached(world, np.array([3, 4, 5, 6, 2, 13]), 3)
    tuesday = ladder._steps_reached(world, np.array([3, 4, 5, 6, 2, 13]), 1)
    assert monday.tolist() == [3, 3, 5, 5, -1, 12]
    assert tuesday.tolist() == [3, -1, 5, -1, -1, -1]
