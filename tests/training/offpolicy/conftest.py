import numpy as np
import pytest

from regua.dice import draw, identity

REWARD = np.array([[0.1, 0.3, 0.5], [0.6, 0.2, 0.3]])
LOGGED = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
TARGET = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
ACTIONS = np.array(["call", "letter", "sms"], object)


def made_rounds(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Rounds of a small bandit: two kinds of customer, three actions, everything known."""
    who = identity([f"{seed}/{row}" for row in range(rows)])
    kind = (draw(who, "kind", 0) < 0.4).astype(int)
    taken = (draw(who, "taken", 0)[:, None] >= np.cumsum(LOGGED[kind], axis=1)).sum(axis=1)
    reward = draw(who, "reward", 0) < REWARD[kind, taken]
    chances = {f"pi_{name}": TARGET[kind, at] for at, name in enumerate(ACTIONS)}
    return {
        "kind": kind.astype(np.float64),
        "action": ACTIONS[taken],
        "propensity": LOGGED[kind, taken],
        "reward": reward.astype(np.float64),
        "of_taken": TARGET[kind, taken],
        **chances,
    }


@pytest.fixture(scope="session")
def rounds():
    """Make rounds of the small bandit."""
    return made_rounds


@pytest.fixture(scope="session")
def truth() -> float:
    """Return what the target policy earns a round."""
    return float(0.6 * TARGET[0] @ REWARD[0] + 0.4 * TARGET[1] @ REWARD[1])
