"""A few rows through all boosters of a release in one walk: what a service asks, once it has had time to prepare."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from models import curve, kept_trees, walking
from models.artifact import Artifact
from models.leading import Steps
from models.packing import unpack
from models.plain_steps import PLAIN
from models.walking import Forest, Trees
from regua.columns import Columns, Numbers
from regua.errors import BundleError
from regua.records import canonical, digest
from serving.scoring.facts import Facts
from serving.scoring.proven import Proven

SOME_GOLDEN_ROWS = 4
"""So many of each booster's before the first answer, of trees that said all of them when they were kept."""


class FewRows:
    """Scores a few rows with the boosters of a release, to the bit as LightGBM does; safe to share between threads.

    Parameters
    ----------
    boosters
        Artifacts with a booster.
    forests
        How they were laid out before, the straight ones side by side and then each curve; None lays them out now.
    by
        The steps of a walk; the compiled ones when None.
    golden_rows
        How many of its golden rows each booster says again; all when None.

    Raises
    ------
    BundleError
        A booster cannot be laid out, or does not say of its golden rows what it said in training.
    """

    def __init__(
        self,
        boosters: Sequence[Artifact],
        forests: Sequence[Forest] | None = None,
        by: Steps | None = None,
        golden_rows: int | None = None,
    ) -> None:
        self._by, self._golden_rows = by, golden_rows
        self._facts = Facts(dict.fromkeys(one.encoder for one in boosters))
        self._straight = [one for one in boosters if one.answers != "curve"]
        self._curves = [one for one in boosters if one.answers == "curve"]
        self._lines = walking.Lines([(one.calibration.raw, one.calibration.logit) for one in self._straight])
        self._names = [(one.score_columns[0], one.answers == "effect") for one in self._straight]
        self.forests = self._laid_out() if forests is None else forests
        self._forest, *self._of_curves = self.forests
        for at, one in enumerate(self._straight):
            self._prove(one, self._forest.alone(at))
        for one, forest in zip(self._curves, self._of_curves, strict=True):
            self._prove(one, forest)

    @classmethod
    def of(cls, boosters: Sequence[Artifact], proven: Proven | None, by: Steps | None = None) -> "FewRows":
        """Take the boosters of a release as they were laid out at an earlier start, or lay them out for the next one.

        Before they are kept, they say all golden rows again by the compiled steps and by the plain ones; by those a
        later start asks them some more, and answers. Whatever is asked for compiled is asked all golden rows.

        Raises
        ------
        BundleError
            As above.
        """
        name, kept = cls._name(boosters), cls.kept(boosters, proven)
        if kept is not None:
            with suppress(BundleError, ValueError):
                return cls(boosters, kept_trees.read(kept), by, SOME_GOLDEN_ROWS if by else None)
        made = cls(boosters, by=by)
        if proven:
            cls(boosters, made.forests, None if by else PLAIN)
            proven.keep(name, kept_trees.written(made.forests))
        return made

    def scores(self, columns: Columns, count: int) -> dict[str, Numbers]:
        """Return ``(n,)`` answers by score column.

        Raises
        ------
        DataError
            A column holds an infinity, or words where numbers belong.
        """
        facts = self._facts.read(columns, count)
        odds = self._forest.walk(facts, self._by)
        self._lines.straighten(odds, self._by)
        chances = 1.0 / (1.0 + np.exp(-odds))
        found = {name: (odds if is_effect else chances)[at] for at, (name, is_effect) in enumerate(self._names)}
        for one, forest in zip(self._curves, self._of_curves, strict=True):
            found |= one.read(forest.walk(curve.asked(facts), self._by)[0])
        return found

    @classmethod
    def kept(cls, boosters: Sequence[Artifact], proven: Proven | None) -> bytes | None:
        """Return how the boosters of a release were laid out at an earlier start; None if they were not."""
        return proven.read(cls._name(boosters)) if proven else None

    @staticmethod
    def _name(boosters: Sequence[Artifact]) -> str:
        return f"trees-{digest(canonical([kept_trees.LAYOUT, [one.name for one in boosters]]))[:16]}"

    def _laid_out(self) -> Sequence[Forest]:
        straight = walking.beside([self._planted(one) for one in self._straight])
        return [straight, *(walking.beside([self._planted(one)]) for one in self._curves)]

    def _planted(self, artifact: Artifact) -> Trees:
        places = self._facts.places[artifact.encoder]
        if artifact in self._curves:
            # The month stands behind all facts.
            places = np.append(places, self._facts.count)
        return walking.plant(artifact.booster_text or "", places)

    def _prove(self, artifact: Artifact, forest: Forest) -> None:
        """Let a booster say again what it said in training."""
        golden = artifact.body["golden"]
        rows = unpack(golden["rows"])[: self._golden_rows]
        facts = np.full((len(rows), self._facts.count), np.nan)
        facts[:, self._facts.places[artifact.encoder]] = rows
        said = forest.walk(curve.asked(facts) if artifact in self._curves else facts, self._by)[0]
        if said.tobytes() != unpack(golden["raw"])[: None if self._golden_rows is None else len(said)].tobytes():
            raise BundleError(
                f"{artifact.name} says something else when its trees are laid out",
                expected="what it said in training, bit for bit",
            )
