"""The book lives on day by day: the same actions give the same events, other actions meet the same luck."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from regua.columns import Array
from regua.errors import DataError
from training.portfolio import arrears
from training.portfolio.generate import generate
from training.portfolio.simulation import Simulation
from training.portfolio.world import load_world

TABLES = {
    "contracts", "invoices", "invoice_items", "payments", "contacts", "contact_points", "consents", "promises",
    "disputes", "holds", "region_months", "treatments", "arrangements", "arrangement_instalments", "signals",
}  # fmt: skip


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulation")
    generate(load_world(), 300, folder / "raw", months=6, chunk=120)
    return folder / "truth"


@pytest.fixture
def simulation(truth: Path) -> Simulation:
    return Simulation.load(truth, load_world())


def _in_arrears(simulation: Simulation, count: int) -> list[str]:
    seen = arrears.look(simulation.state, simulation._today())
    young = seen.rows[seen.days_past_due < 60]
    return [simulation.contract_ids()[row] for row in young[:count]]


def _call(contracts: list[str], channel: str | None = "call") -> dict[str, Array]:
    return {
        "contract_id": np.array(contracts, dtype=object),
        "channel": np.array([channel] * len(contracts), dtype=object),
        "decision_id": np.array([f"dec_{name}" for name in contracts], dtype=object),
        "propensity": np.full(len(contracts), 0.25),
    }


def test_the_next_day_is_the_one_after_the_history(simulation: Simulation) -> None:
    assert simulation.day == date(2026, 7, 1)
    assert set(simulation.step()) == TABLES
    assert simulation.day == date(2026, 7, 2)


def test_the_same_actions_give_the_same_events(simulation: Simulation) -> None:
    twin, contracts = simulation.copy(), _in_arrears(simulation, 20)
    for _ in range(5):
        one, other = simulation.step(_call(contracts)), twin.step(_call(contracts))
        assert all(one[table].equals(other[table]) for table in TABLES)


def test_a_branch_leaves_the_world_it_came_from_alone(simulation: Simulation) -> None:
    before = simulation.state.contracts.paid.copy()
    branch = simulation.copy()
    for _ in range(6):
        branch.step(_call(_in_arrears(branch, 30)))
    assert (simulation.state.contracts.paid == before).all()
    assert simulation.day == date(2026, 7, 1)


def test_a_contact_changes_nobody_else(simulation: Simulation) -> None:
    twin, contracts = simulation.copy(), _in_arrears(simulation, 10)
    touched = {name.rsplit("-", 1)[0] for name in contracts}
    for _ in range(7):
        rows = [world.step(_call(contracts, channel)) for world, channel in ((simulation, "call"), (twin, None))]
        paid = [
            {r["payment_id"] for r in day["payments"].to_pylist() if r["customer_id"] not in touched} for day in rows
        ]
        assert paid[0] == paid[1]


def test_a_contact_carries_its_decision_and_its_later_states(simulation: Simulation) -> None:
    contracts = _in_arrears(simulation, 25)
    day = simulation.step(_call(contracts, "whatsapp"))
    contacts = day["contacts"].to_pylist()
    assert [row["decision_id"] for row in contacts] == [f"dec_{name}" for name in contracts]
    assert all(row["propensity"] == 0.25 and row["cost_cents"] == 12 for row in contacts)
    assert any(row["read_at"] for row in contacts)
    assert all(row["read_at"] >= row["delivered_at"] >= row["happened_at"] for row in contacts if row["read_at"])


def test_who_is_left_in_peace_gets_a_treatment_and_no_contact(simulation: Simulation) -> None:
    day = simulation.step(_call(_in_arrears(simulation, 8), None))
    assert day["contacts"].num_rows == 0
    assert day["treatments"].column("channel").to_pylist() == [None] * 8


def test_a_promise_is_resolved_under_its_own_key(simulation: Simulation) -> None:
    made: dict[str, str | None] = {}
    for step in range(16):
        rows = simulation.step(_call(_in_arrears(simulation, 60)) if step == 0 else None)
        made |= {row["promise_id"]: row["resolution"] for row in rows["promises"].to_pylist()}
    assert len(made) >= 3
    assert all(made.values())


def test_bills_keep_coming_month_after_month(simulation: Simulation) -> None:
    issued = [row for _ in range(62) for row in simulation.step()["invoices"].column("invoice_id").to_pylist()]
    assert len(issued) == len(set(issued))
    assert len(issued) > 1.5 * len(simulation.contract_ids())
    assert {name[10:][-8:][:6] for name in issued if name.endswith(("202607", "202608"))}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"contract_id": ["C999999999-1"]}, "no contract"),
        ({"channel": ["fax"]}, "not a channel"),
        ({"propensity": [0.0]}, "propensity"),
        ({"customer_id": ["C000000299"]}, "does not belong"),
        ({"send_at": [np.datetime64("2026-07-03T12:00")]}, "outside the day"),
    ],
)
def test_an_action_that_cannot_be_is_refused(
    simulation: Simulation, changed: dict[str, list[object]], said: str
) -> None:
    actions = _call(_in_arrears(simulation, 1)) | {name: np.array(value) for name, value in changed.items()}
    with pytest.raises(DataError, match=said):
        simulation.step(actions)


def test_two_actions_by_one_channel_are_refused(simulation: Simulation) -> None:
    with pytest.raises(DataError, match="two actions"):
        simulation.step(_call(_in_arrears(simulation, 1) * 2))


def test_a_folder_without_a_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no state"):
        Simulation.load(tmp_path, load_world())


def test_a_history_is_not_lived_on_in_another_world(truth: Path) -> None:
    world = load_world()
    other = world.model_copy(update={"people": world.people.model_copy(update={"company_share": 0.5})})
    with pytest.raises(DataError, match="another world"):
        Simulation.load(truth, other)
