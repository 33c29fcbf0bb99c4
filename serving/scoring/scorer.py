"""What is predicted of each customer, of whom it is asked, and where a documented prior had to stand in."""

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from models import SPECS, compiler
from models.asked import WHO
from models.base import STANDING_IN, AskedOf
from models.leading import Steps
from regua.columns import Array, Columns, take
from regua.errors import BundleError
from serving.scoring.asking import Asked, Given
from serving.scoring.proven import Proven

if TYPE_CHECKING:
    from models.bundle import Bundle

_LOG = logging.getLogger("regua.scoring")
NO_BUNDLE = "none"
"""What stands for the release where no model has been trained yet."""
NO_BUNDLE_CODE = "no_bundle"
"""Told with a decision that was scored without one."""


ARTIFACT_OF: Mapping[str, str] = {
    column: spec.artifact_name(arm)
    for spec in SPECS.values()
    for arm in spec.each_arm
    for column in spec.score_columns(arm)
}
"""The artifact behind each score column."""
ANSWERS_OF: Mapping[str, str] = {
    column: spec.answers for spec in SPECS.values() for arm in spec.each_arm for column in spec.score_columns(arm)
}
"""What each score column holds: a ``probability``, an ``effect``, a share (``curve``), or an hour (``slots``)."""
SCORES: tuple[str, ...] = tuple(ARTIFACT_OF)
"""Every score there is a model for; the kernel takes one that is missing for NULL."""


class Scorer:
    """Calibrated scores of one release; safe to share between threads, since it is never changed.

    Parameters
    ----------
    bundle
        The release, or None before the first training: then every score is its model's documented prior, or NULL.
    threads
        LightGBM threads for large batches. Their number never changes a bit of a score.
    stands_in
        Whether it speaks in the place of a release that cannot be used.
    proven
        What was found out about the release before.
    """

    def __init__(
        self, bundle: "Bundle | None", threads: int = 1, *, stands_in: bool = False, proven: Proven | None = None
    ) -> None:
        self.bundle, self.stands_in, self._proven = bundle, stands_in, proven
        self.release_id = bundle.release_id if bundle else NO_BUNDLE
        self._asked = tuple(
            (WHO[who], Asked(list(_given(bundle, who)), bundle is None, threads))
            for who in WHO
            if any(spec.asked_of == who for spec in SPECS.values())
        )
        self.codes = tuple(dict.fromkeys(code for _, asked in self._asked for code in asked.codes))

    def take_up(self) -> None:
        """Let LightGBM read and prove every booster now.

        Raises
        ------
        BundleError
            A booster does not say what it said in training.
        """
        for _, asked in self._asked:
            asked.take_up()

    @property
    def was_quick(self) -> bool:
        """Whether an earlier start laid the boosters out, so that they can be walked through at once."""
        return self.bundle is None or (
            compiler.is_possible() and all(asked.was_quick(self._proven) for _, asked in self._asked)
        )

    def quicken(self, by: Steps | None = None) -> None:
        """Prepare for few rows at a time, which takes some seconds at first: scores stay the same, bit for bit.

        Where there is no compiler, or the boosters cannot be laid out, LightGBM answers.

        Parameters
        ----------
        by
            The steps of a walk; the compiled ones when None.
        """
        if not compiler.is_possible():
            return
        for _, asked in self._asked:
            try:
                asked.quicken(self._proven, by)
            except BundleError as problem:
                _LOG.warning("LightGBM answers: %s", problem.found)

    def score(self, columns: Columns) -> dict[str, Array]:
        """Score each row by the models that are asked of it; the others' scores are NULL.

        Returns
        -------
        ``(n,)`` of each of :data:`SCORES`, and ``score_sources``: codes of the priors that stood in.

        Raises
        ------
        DataError
            A feature is infinite, which a booster would score with confidence;
            :class:`serving.deciding.inputs.Inputs` has turned those into NULL: this is a second lock on the door.
        """
        count = len(next(iter(columns.values()), ()))
        # What is NULL for all shares one array: most models are asked of few.
        scores: dict[str, Array] = dict.fromkeys(SCORES, np.full(count, np.nan))
        sources = np.full(count, None, dtype=object)
        sources[:] = [()] * count
        for who, asked in self._asked:
            rows = who(columns)
            places = rows.nonzero()[0]
            if not len(places):
                continue
            if len(places) == count:
                scores |= asked.scores(columns, count)
            else:
                for name, values in asked.scores(take(columns, places), len(places)).items():
                    column = scores[name] = np.full(count, np.nan)
                    column[places] = values
            if asked.codes:
                sources[places] = sources[places] + _alike(asked.codes, len(places))
        return {**scores, "score_sources": sources}


def _given(bundle: "Bundle | None", who: AskedOf) -> Iterator[Given]:
    """Tell, for the models asked of the same customers, what answers in each score column."""
    for spec in SPECS.values():
        if spec.asked_of != who:
            continue
        for arm in spec.each_arm:
            name = spec.artifact_name(arm)
            artifact = bundle.models.get(name) if bundle else None
            prior: float | None = None
            if spec.name in STANDING_IN:
                is_prior = artifact is not None and artifact.booster is None
                written = artifact.body["prior"] if artifact is not None and is_prior else None
                prior = float(written["probability"] if written else spec.prior[arm].probability)
            yield Given(spec.score_columns(arm), name, artifact, prior)


def _alike(codes: tuple[str, ...], count: int) -> Array:
    """Return the same codes for some rows."""
    alike = np.empty(count, dtype=object)
    alike[:] = [codes] * count
    return alike
