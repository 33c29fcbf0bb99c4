"""One question, many models: the scores of customers of whom the same models are asked."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from models.artifact import Artifact
from models.encode import Encoder
from models.leading import Steps
from regua.columns import Columns, Numbers
from regua.errors import BundleError
from serving.scoring.few_rows import FewRows
from serving.scoring.proven import Proven
from serving.scoring.single_row import SingleRow

_FEW_ROWS = 1_000  # below this, starting LightGBM's threads costs more than they save


class Given(NamedTuple):
    """What answers in some score columns: an artifact of the release, if any, and a prior that may stand in."""

    columns: tuple[str, ...]
    name: str
    artifact: Artifact | None
    prior: float | None

    @property
    def is_learned(self) -> bool:
        """Whether something learned answers: a booster, or a table of hours."""
        return self.artifact is not None and self.artifact.kind != "prior"

    @property
    def code(self) -> str | None:
        """The code of a prior that stands in."""
        return None if self.is_learned or self.prior is None else f"prior_{self.name}"


class Asked:
    """The models asked of the same customers.

    Parameters
    ----------
    given
        What answers in each score column.
    is_empty
        Whether there is no release at all.
    threads
        LightGBM threads for large batches.
    """

    def __init__(self, given: Sequence[Given], is_empty: bool, threads: int) -> None:
        codes = [one.code for one in given if one.code]
        self.codes: tuple[str, ...] = ("no_bundle", *codes) if is_empty and codes else tuple(codes)
        self._fixed = {
            column: one.prior for one in given if not one.is_learned and one.prior is not None for column in one.columns
        }
        learned = [one.artifact for one in given if one.artifact is not None and one.is_learned]
        self._boosters = tuple(one for one in learned if one.booster is not None)
        self._tables = tuple(one for one in learned if one.booster is None)
        self._few: FewRows | None = None
        self._encoders = {one.encoder for one in self._boosters}
        self._threads = threads

    @cached_property
    def _single(self) -> SingleRow:
        return SingleRow(self._boosters)

    def take_up(self) -> None:
        """Let LightGBM read and prove the boosters now, and not when it is first asked."""
        _ = self._single

    def was_quick(self, proven: Proven | None) -> bool:
        """Say whether the boosters were laid out at an earlier start, so that it takes no time now."""
        return not self._boosters or FewRows.kept(self._boosters, proven) is not None

    def quicken(self, proven: Proven | None, by: Steps | None = None) -> None:
        """Lay the boosters out so that a few rows are scored in one walk; the scores stay the same, bit for bit.

        Raises
        ------
        BundleError
            They cannot be laid out: LightGBM answers.
        """
        try:
            self._few = FewRows.of(self._boosters, proven, by) if self._boosters else None
        except BundleError:
            self._few = None
            raise

    def scores(self, columns: Columns, count: int) -> dict[str, Numbers]:
        """Return ``(n,)`` scores by column, of rows that are all asked about; where no model speaks there is none."""
        found = {column: np.full(count, prior) for column, prior in self._fixed.items()}
        for table in self._tables:
            found |= table.scores(columns)
        if self._few is not None and count < _FEW_ROWS:
            return found | self._few.scores(columns, count)
        if count == 1:
            return found | self._single.scores(columns)
        matrices: dict[Encoder, Numbers] = {encoder: encoder.encode(columns) for encoder in self._encoders}
        threads = 1 if count < _FEW_ROWS else self._threads
        for booster in self._boosters:
            found |= booster.scores_encoded(matrices[booster.encoder], threads=threads)
        return found
