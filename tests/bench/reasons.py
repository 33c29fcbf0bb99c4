"""What reasons cost: one customer's on demand, and a night's in one batch, beside scoring the same rows.

LightGBM walks every tree for every feature of every row, which does for a few; for a night the leaves are laid out
once, and many rows are asked at a time. Both say the same, and the second stands beside the first here.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.measure import Figure, seconds
from tests.bench.release import LEAVES, TREES


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Explain invented customers by a booster of a real size, learned from invented answers."""
    from models import reasons
    from models.shapley import Explainer
    from regua.columns import take

    rows = 20_000 if full else 3_000
    artifact, columns = _invented(rows)
    few, some = 50, 500
    matrix = artifact.encoder.encode(columns)
    alone = seconds(lambda: [reasons.explain(artifact, take(columns, slice(i, i + 1))).reasons() for i in range(few)])
    reasons.explain_batch(artifact, columns)  # compiles
    together = seconds(lambda: reasons.explain_batch(artifact, columns))
    walked = seconds(lambda: reasons.explain_batch(artifact, take(columns, slice(0, some))))
    shared = seconds(lambda: reasons.explain_batch(artifact, columns, threads=2))
    scored = seconds(lambda: artifact.raw(matrix), repeat=3)
    told = reasons.explain(artifact, columns, explainer=Explainer(artifact.booster_text))
    off = float(np.abs(told.by_family.sum(axis=1) + told.common - artifact.raw(matrix)).max())
    return [
        Figure("reasons of one customer, on demand", alone / few * 1e3, "ms", goal="≤ 10 ms"),
        Figure("reasons of a night, one core", rows / together, "rows/s", some / walked, "walked", goal="≥ 5 ×"),
        Figure("reasons of a night, two cores", rows / shared, "rows/s", rows / scored, "scored"),
        Figure("contributions less score, at most", off, "log-odds", goal="≤ 1e-9"),
    ]


def _invented(rows: int):
    from models import SPECS
    from models.encode import Encoder
    from models.families import TEXT_FEATURES
    from regua.dice import draw, identity
    from training.examples import Examples
    from training.teaching import fit

    spec = SPECS["roll_risk"]
    who = identity([f"customer {row}" for row in range(rows)])
    words = np.array(["one", "other"], object)
    columns = {
        name: words[(draw(who, name, 0) < 0.5).astype(int)]
        if name in TEXT_FEATURES
        else np.floor(draw(who, name, 0) * 60)
        for name in spec.features
    }
    label = (draw(who, "label", 0) < 0.2 + 0.6 * (columns["days_past_due"] > 30)).astype(np.float64)
    moment = np.full(rows, np.datetime64("2026-01-01", "us"))
    examples = Examples(columns, label, np.ones(rows), moment, who.astype(str).astype(object))
    params = fit.LAYOUT | {
        "objective": "binary",
        "num_iterations": TREES,
        "num_leaves": LEAVES,
        "min_data_in_leaf": 20,
        "num_threads": 1,
    }
    encoder = Encoder.learn(spec.features, columns)
    return fit.booster(spec, "", encoder, examples, examples.take(slice(0, 0)), params), columns
