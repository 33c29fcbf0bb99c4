"""A few rows through all boosters of a release in one walk: what a service asks, once it has had time to prepare."""

from collections.abc import Sequence

import numpy as np

from models import curve, walking
from models.artifact import Artifact
from models.packing import unpack
from models.walking import Trees
from regua.columns import Columns, Numbers
from regua.errors import BundleError
from serving.scoring.facts import Facts


class FewRows:
    """Scores a few rows with the boosters of a release, to the bit as LightGBM does; safe to share between threads.

    Parameters
    ----------
    boosters
        Artifacts with a booster.

    Raises
    ------
    BundleError
        A booster cannot be laid out, or does not say of its golden rows what it said in training.
    """

    def __init__(self, boosters: Sequence[Artifact]) -> None:
        self._facts = Facts(dict.fromkeys(one.encoder for one in boosters))
        self._straight = [one for one in boosters if one.answers != "curve"]
        self._curves = [one for one in boosters if one.answers == "curve"]
        self._lines = walking.Lines([(one.calibration.raw, one.calibration.logit) for one in self._straight])
        self._names = [(one.score_columns[0], one.answers == "effect") for one in self._straight]
        self._forest = walking.beside([self._proven(one) for one in self._straight], self._facts.count)
        self._of_curves = [walking.beside([self._proven(one)], self._facts.count + 1) for one in self._curves]

    def scores(self, columns: Columns, count: int) -> dict[str, Numbers]:
        """Return ``(n,)`` answers by score column.

        Raises
        ------
        DataError
            A column holds an infinity, or words where numbers belong.
        """
        facts = self._facts.read(columns, count)
        odds = self._forest.walk(facts)
        self._lines.straighten(odds)
        chances = 1.0 / (1.0 + np.exp(-odds))
        found = {name: (odds if is_effect else chances)[at] for at, (name, is_effect) in enumerate(self._names)}
        for one, forest in zip(self._curves, self._of_curves, strict=True):
            found |= one.read(forest.walk(curve.asked(facts))[0])
        return found

    def _proven(self, artifact: Artifact) -> Trees:
        """Lay a booster out, and let it say again what it said in training."""
        places, rows = self._facts.places[artifact.encoder], unpack(artifact.body["golden"]["rows"])
        facts = np.full((len(rows), self._facts.count), np.nan)
        facts[:, places] = rows
        if artifact in self._curves:
            # The month stands behind all facts.
            places, facts = np.append(places, self._facts.count), curve.asked(facts)
        trees = walking.plant(artifact.booster_text or "", places)
        said = walking.beside([trees], facts.shape[1]).walk(facts)[0]
        if said.tobytes() != unpack(artifact.body["golden"]["raw"]).tobytes():
            raise BundleError(
                f"{artifact.name} says something else when its trees are laid out",
                expected="what it said in training, bit for bit",
            )
        return trees
