"""What is predicted of each customer in arrears, and where a documented prior had to stand in."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models import SPECS
from regua.columns import Array, Columns, Flags, Numbers, flag, height, number, take
from regua.errors import SchemaError
from regua.vocabulary import CHANNELS, NOTHING
from serving.single_row import SingleRow

if TYPE_CHECKING:
    from models.bundle import Bundle

ARTIFACT_OF: Mapping[str, str] = {
    "p_roll": "roll_risk",
    "p_self_cure": "self_cure",
    **{f"p_response_{arm}": f"channel_response_{arm}" for arm in (*CHANNELS, NOTHING)},
}
"""The artifact behind each score column."""
SCORES: tuple[str, ...] = tuple(ARTIFACT_OF)
NO_BUNDLE = "none"
"""What stands for the release where no model has been trained yet."""

_FEW_ROWS = 1_000  # below this, starting LightGBM's threads costs more than they save


class Scorer:
    """Calibrated scores of one release; safe to share between threads, since it is never changed.

    Parameters
    ----------
    bundle
        The release, or None before the first training: then every score is its model's documented prior.
    threads
        LightGBM threads for large batches. Their number never changes a bit of a score.
    """

    def __init__(self, bundle: "Bundle | None", threads: int = 1) -> None:
        self.bundle = bundle
        self.release_id = bundle.release_id if bundle else NO_BUNDLE
        self.codes = tuple(_codes(bundle))
        self._priors = {column: _prior(artifact) for column, artifact in ARTIFACT_OF.items()}
        self._threads = threads
        artifacts = bundle.models if bundle else {}
        self._single = SingleRow(artifacts)
        self._encoders = {one.encoder for one in artifacts.values() if one.booster is not None}
        self._given = [(name, one) for name, one in artifacts.items() if one.booster is None]

    def score(self, columns: Columns) -> dict[str, Array]:
        """Score the rows in arrears; the others have NULL scores, for nothing is asked of them.

        Returns
        -------
        ``(n,)`` of each of :data:`SCORES`, and ``score_sources``: codes of the priors that stood in.

        Raises
        ------
        DataError
            A feature is infinite, which a booster would score with confidence; :class:`serving.inputs.Inputs` has
            turned those into NULL, so this is the second lock on the same door.
        """
        rows = in_arrears(columns)
        scores: dict[str, Array] = {name: np.full(len(rows), np.nan) for name in SCORES}
        sources = np.full(len(rows), None, dtype=object)
        sources[:] = [self.codes if is_due else () for is_due in rows.tolist()]
        if rows.any():
            some = columns if rows.all() else take(columns, rows)
            for name, values in self._predict(some).items():
                scores[name][rows] = values
        return {**scores, "score_sources": sources}

    def _known(self, columns: Columns, count: int) -> Mapping[str, Numbers]:
        if self.bundle is None:
            return {}
        if count > 1:
            return self.bundle.predict(columns, threads=1 if count < _FEW_ROWS else self._threads)
        matrices = {encoder: encoder.encode(columns) for encoder in self._encoders}
        return self._single.predict(matrices) | {name: one.predict(columns) for name, one in self._given}

    def _predict(self, columns: Columns) -> dict[str, Numbers]:
        count = height(columns)
        known = self._known(columns, count)
        return {
            column: known[artifact] if artifact in known else np.full(count, self._priors[column])
            for column, artifact in ARTIFACT_OF.items()
        }


def in_arrears(columns: Columns) -> Flags:
    """Return where something is overdue and there is a profile to say so."""
    overdue = number(columns, "customer_balance_overdue_cents") > 0
    return np.asarray(overdue & (number(columns, "days_past_due") > 0) & flag(columns, "has_profile"))


def _codes(bundle: "Bundle | None") -> list[str]:
    if bundle is None:
        return ["no_bundle", *(f"prior_{artifact}" for artifact in ARTIFACT_OF.values())]
    found = bundle.models
    codes = (found[name].source_code if name in found else f"prior_{name}" for name in ARTIFACT_OF.values())
    return [code for code in codes if code]


def _prior(artifact: str) -> float:
    for spec in SPECS.values():
        for arm in spec.arms or ("",):
            if spec.artifact_name(arm) == artifact:
                return float(spec.prior[arm].probability)
    raise SchemaError(f"no model makes {artifact}", expected="one of models.SPECS")
