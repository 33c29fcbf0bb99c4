import numpy as np
import pytest

from regua.dice import draw, identity
from training.causal.trial import Trial


def made_trial(rows: int, effect, *, seed: int = 0, base: float = 0.3, chance=0.5, names=None) -> dict[str, np.ndarray]:
    """A randomised table whose effect is known: ``effect(x)`` is added to the base chance of a yes."""
    who = identity([f"{seed}/{row}" for row in range(rows)])
    x = draw(who, "x", 0, seed)
    noise = draw(who, "noise", 0, seed)
    share = np.broadcast_to(chance(x) if callable(chance) else chance, x.shape)
    treated = draw(who, "treated", 0, seed) < share
    outcome = draw(who, "outcome", 0, seed) < base + treated * effect(x)
    return {
        "x": x,
        "noise": noise,
        "city": np.array(["recife", "natal"], object)[(noise > 0.5).astype(int)],
        "treated": treated.astype(np.float64),
        "paid": outcome.astype(np.float64),
        "chance": np.where(treated, share, 1 - share),
    }


@pytest.fixture(scope="session")
def made():
    """Make a table with a known effect."""
    return made_trial


@pytest.fixture(scope="session")
def uneven() -> dict[str, np.ndarray]:
    """Helps the upper half by 40 points, harms the lowest fifth by 20, does nothing to the others."""
    return made_trial(6_000, lambda x: np.where(x > 0.5, 0.4, np.where(x < 0.2, -0.2, 0.0)))


@pytest.fixture(scope="session")
def trial(uneven) -> Trial:
    """Read the uneven table as a trial."""
    return Trial.of(uneven, treatment="treated", outcome="paid", features=["x", "noise", "city"])
