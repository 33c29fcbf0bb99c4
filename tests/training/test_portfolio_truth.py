"""The truth the simulator tells is the truth it lives by."""

import numpy as np
import pytest

from training.portfolio import arrears, truth
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

HORIZON = 7


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    folder = tmp_path_factory.mktemp("truth")
    generate(load_world(), 600, folder / "raw", months=6)
    return Simulation.load(folder / "truth", load_world())


def _arrears(simulation: Simulation, oldest: int = 60) -> np.ndarray:
    seen = arrears.look(simulation.state, simulation._today())
    return seen.rows[seen.days_past_due <= oldest]


def _ids(simulation: Simulation, rows: np.ndarray) -> list[str]:
    return [simulation.contract_ids()[row] for row in rows]


def test_left_in_peace_contracts_pay_as_often_as_the_truth_says(simulation: Simulation) -> None:
    ids = _ids(simulation, _arrears(simulation))
    p = truth.potential_outcomes(simulation, ids, ["nothing"], HORIZON, replicates=150)["p_nothing"]
    world, paid = simulation.copy(), set()
    for _ in range(HORIZON):
        paid |= set(world.step()["payments"].column("contract_id").to_pylist())
    seen = sum(name in paid for name in ids)
    assert abs(seen - p.sum()) <= 3.5 * np.sqrt((p * (1 - p)).sum())


@pytest.mark.parametrize("is_dog", [False, True])
def test_contact_helps_most_and_harms_sleeping_dogs(simulation: Simulation, is_dog: bool) -> None:
    world = simulation.copy()
    world.state.people.is_dog[:] = is_dog
    ids = _ids(world, _arrears(world))
    p = truth.potential_outcomes(world, ids, ["nothing", "whatsapp", "letter"], HORIZON, replicates=100)
    gain = p["p_whatsapp"] - p["p_nothing"]
    error = gain.std() / np.sqrt(len(gain))
    assert (gain.mean() + 3 * error < 0) if is_dog else (gain.mean() - 3 * error > 0)


def test_the_hidden_sleeping_dogs_exist(simulation: Simulation) -> None:
    assert 0.04 < simulation.state.people.is_dog.mean() < 0.18


def test_asking_changes_nothing_and_order_does_not_matter(simulation: Simulation) -> None:
    ids, before = _ids(simulation, _arrears(simulation)[:12]), simulation.state.contracts.paid.copy()
    one = truth.potential_outcomes(simulation, ids, ["call"], HORIZON, replicates=10)
    other = truth.potential_outcomes(simulation, ids[::-1], ["call"], HORIZON, replicates=10)
    assert (simulation.state.contracts.paid == before).all()
    assert one["p_call"].tolist() == other["p_call"][::-1].tolist()
    assert ((one["p_call"] >= 0) & (one["p_call"] <= 1)).all()


def test_every_action_is_answered_for_by_default(simulation: Simulation) -> None:
    told = truth.potential_outcomes(simulation, _ids(simulation, _arrears(simulation)[:3]), replicates=4)
    assert {f"p_{action}" for action in truth.ACTIONS} <= set(told)
    assert truth.latent(simulation).num_rows == 600


@pytest.fixture(scope="module")
def told(simulation: Simulation) -> dict[str, np.ndarray]:
    ids = _ids(simulation, _arrears(simulation, 400))
    return truth.chances(simulation, ids, days=100, replicates=30)


def test_the_chances_of_a_contract_agree_with_one_another(told) -> None:
    for name in ("p_worse_30d", "p_cured_15d", "p_paid_14d", "p_paid_30d", "p_half_60d", "recovered_3m"):
        assert ((told[name] >= 0) & (told[name] <= 1)).all(), name
    assert (told["p_paid_30d"] >= told["p_paid_14d"]).all()
    assert (told["p_paid_14d"] >= 0).all()
    assert np.isnan(told["recovered_12m"]).all(), "so far ahead nobody looked"
    young = told["bucket"] == 1
    assert told["p_cured_15d"][young].mean() > told["p_cured_15d"][~young].mean()
    assert np.corrcoef(told["ability"], told["recovered_3m"])[0, 1] > 0.2


def test_left_in_peace_as_many_are_cured_as_the_chances_say(simulation: Simulation, told) -> None:
    world, paid = simulation.copy(), np.zeros(len(told["contract_id"]))
    place = {name: at for at, name in enumerate(told["contract_id"])}
    for _ in range(15):
        for row in world.step()["payments"].select(["contract_id", "amount_cents"]).to_pylist():
            if row["contract_id"] in place:
                paid[place[row["contract_id"]]] += row["amount_cents"]
    p, cured = told["p_cured_15d"], paid >= told["owed_cents"]
    assert abs(cured.sum() - p.sum()) <= 3.5 * np.sqrt((p * (1 - p)).sum())


def test_the_ladder_is_another_policy_with_the_same_luck(simulation: Simulation) -> None:
    ids = _ids(simulation, _arrears(simulation, 30)[:40])
    one, other = (truth.chances(simulation, ids, "ladder", days=20, replicates=8) for _ in range(2))
    peace = truth.chances(simulation, ids, "nothing", days=20, replicates=8)
    assert one["p_paid_14d"].tolist() == other["p_paid_14d"].tolist() != peace["p_paid_14d"].tolist()
    assert one["ability"].tolist() == peace["ability"].tolist()


def test_what_owes_nothing_has_no_chances(simulation: Simulation) -> None:
    owing = set(arrears.look(simulation.state, simulation._today()).rows.tolist())
    free = next(row for row in range(len(simulation.contract_ids())) if row not in owing)
    told = truth.chances(simulation, _ids(simulation, np.array([free])), days=15, replicates=2)
    assert np.isnan(told["p_cured_15d"]).all()
    assert told["owed_cents"].tolist() == [0.0]
