"""One trained model at rest and at work: LightGBM's own text, and JSON for all the rest.

What a model answers decides how its raw score is read: as a chance, as the difference of two, as a curve over the
months; a table of hours needs no booster at all. Each kind proves itself on golden rows before it goes to work.

LightGBM's text loader crashes the process on most damaged files, so no byte reaches it whose SHA-256 is not the
one signed in the manifest; after loading, stored golden rows must score bit for bit as they did in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models import booster_text, boosting, curve, slots, told
from models.base import STANDING_IN
from models.boosting import LateBooster
from models.calibrate import IDENTITY, Calibration
from models.encode import Encoder
from models.packing import pack, unpack
from models.told import REMEDY
from regua.columns import Columns, Numbers, height
from regua.errors import BundleError
from regua.records import canonical

if TYPE_CHECKING:
    import lightgbm

    from models.shapley import Explainer

FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """A model that answers: a calibrated booster, a table of hours, or a prior where there was too little to learn.

    ``body`` is the JSON beside the booster: spec, features, categories, calibration knots, rows, metrics, prior.
    """

    name: str
    body: Mapping[str, Any]
    encoder: Encoder
    calibration: Calibration
    booster: "lightgbm.Booster | None" = None
    booster_text: str | None = None

    @property
    def kind(self) -> str:
        """``booster``, ``slots`` or ``prior``."""
        return str(self.body["kind"])

    @property
    def answers(self) -> str:
        """``probability``, ``effect``, ``curve`` or ``slots``."""
        return str(self.body.get("answers", "probability"))

    @property
    def score_columns(self) -> tuple[str, ...]:
        """Names of the columns it answers in."""
        return tuple(self.body.get("scores") or (self.name,))

    @property
    def source_code(self) -> str | None:
        """The code a score carries when it is only a prior, such as ``prior_channel_response_letter``."""
        return f"prior_{self.name}" if self.kind == "prior" else None

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the facts a booster reads."""
        return self.encoder.features

    def scores(self, columns: Columns, *, threads: int = 1) -> dict[str, Numbers]:
        """Answer by score column, ``(n,)`` each: what serving hands to the kernel.

        A probability has one column; a curve one for each horizon; slots the local hour, NaN where none is known.
        A prior gives its probability where decisions count on one, and NaN elsewhere: a constant ranks nobody.
        """
        if self.kind == "slots":
            return {self.score_columns[0]: slots.best_hour(self.body["table"], columns)}
        if self.booster is None:
            believed = self._believed() if self.body.get("model") in STANDING_IN else np.nan
            return {name: np.full(height(columns), believed) for name in self.score_columns}
        return self.scores_encoded(self.encoder.encode(columns), threads=threads)

    def scores_encoded(self, matrix: Numbers, *, threads: int = 1) -> dict[str, Numbers]:
        """Answer by score column for a matrix that :attr:`encoder` has laid out; a booster's answers only."""
        return self.read(self._ask(self.asked(matrix), threads))

    def asked(self, matrix: Numbers) -> Numbers:
        """Lay out the rows the booster is asked: the matrix itself, or for a curve several rows for each."""
        return curve.asked(matrix) if self.answers == "curve" else matrix

    def read(self, raw: Numbers) -> dict[str, Numbers]:
        """Turn what the booster said of the rows of :meth:`asked` into scores, by column."""
        if self.answers == "effect":
            return {self.score_columns[0]: self._effect(raw)}
        if self.answers != "curve":
            return {self.score_columns[0]: self.calibration.apply(raw)}
        recovered = curve.recovered(self.calibration.apply(curve.levelled(self, raw)))
        horizons = zip(self.score_columns, self.body["horizons"], strict=True)
        return {name: recovered[:, int(months) - 1] for name, months in horizons}

    def predict(self, columns: Columns, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` answers: calibrated probabilities strictly between 0 and 1, or effects.

        Of a curve, what has come in at its last horizon; of slots, the best hour.

        Parameters
        ----------
        columns
            The profile as of the moment; an absent column is NULL.
        threads
            Threads for LightGBM; one is fastest below about a thousand rows and never changes a bit.

        Raises
        ------
        DataError
            A column holds an infinity or is not numeric.
        """
        if self.kind == "prior":
            return np.full(height(columns), self._believed())
        return self.scores(columns, threads=threads)[self.score_columns[-1]]

    def predict_encoded(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return the answers of :meth:`predict` for a matrix that :attr:`encoder` has laid out."""
        if self.booster is None:
            return np.full(len(matrix), self._believed())
        return self.scores_encoded(matrix, threads=threads)[self.score_columns[-1]]

    def raw(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` log-odds before calibration; of a curve, those of what has come in after a year."""
        if self.booster is None:
            return np.full(len(matrix), self._prior_logit())
        raw = self._ask(self.asked(matrix), threads)
        return curve.year(curve.levelled(self, raw).reshape(len(matrix), -1)) if self.answers == "curve" else raw

    def contributions(self, columns: Columns, *, threads: int = 1, explainer: "Explainer | None" = None) -> Numbers:
        """Return ``(n, features + 1)`` exact TreeSHAP contributions; a row sums to :meth:`raw`, before calibration.

        The last column is what would be said of anybody; a table of hours has nothing to add up, its row is zero.
        ``explainer``, made of :attr:`booster_text`, serves for many rows; without one LightGBM walks its trees.
        """
        parts = np.zeros((height(columns), len(self.features) + 1))
        if self.kind == "prior":
            parts[:, -1] = self._prior_logit()
        if self.booster is None or not len(parts):
            return parts
        matrix = self.encoder.encode(columns)
        if self.answers == "curve":
            return curve.explained(self, self._parts(curve.asked(matrix), threads, explainer))
        return self._parts(matrix, threads, explainer)

    def files(self) -> dict[str, bytes]:
        """Return the files this artifact is made of; equal artifacts give equal bytes."""
        files = {f"{self.name}.json": canonical(dict(self.body)) + b"\n"}
        if self.booster_text is not None:
            files[f"{self.name}.lgb"] = self.booster_text.encode()
        return files

    @classmethod
    def load(
        cls, folder: Path, name: str, expected_sha256: Mapping[str, str], *, was_tried: bool = False
    ) -> "Artifact":
        """Read an artifact whose every byte is as signed.

        Parameters
        ----------
        folder
            Where ``<name>.json`` and, for a booster, ``<name>.lgb`` lie.
        expected_sha256
            The digest of each file.
        was_tried
            Whether these very bytes were found whole before: LightGBM reads and proves them when it is first asked.

        Raises
        ------
        BundleError
            A file is missing or altered, is of another format, or does not score as it did in training.
        """
        files = {file: told.signed(folder / file, sha) for file, sha in expected_sha256.items()}
        return cls.from_files(name, files, was_tried=was_tried)

    @classmethod
    def from_files(cls, name: str, files: Mapping[str, bytes], *, was_tried: bool = False) -> "Artifact":
        """Make an artifact of verified bytes."""
        if f"{name}.json" not in files:
            raise BundleError(f"{name} has no {name}.json", expected="its JSON in the manifest", remedy=REMEDY)
        body = told.body(name, files[f"{name}.json"], FORMAT)
        try:
            made = cls._of(name, body, files, was_tried)
            if not isinstance(made.booster, LateBooster):
                made._prove()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as problem:
            said = f"{name}.json is not whole: {type(problem).__name__} {problem}"
            raise BundleError(said, expected="a body as training wrote it", remedy=REMEDY) from problem
        return made

    @classmethod
    def _of(cls, name: str, body: Mapping[str, Any], files: Mapping[str, bytes], was_tried: bool) -> "Artifact":
        words = {feature: tuple(known) for feature, known in body["categories"].items()}
        features = tuple(body["features"])
        encoder = Encoder(features, tuple((feature, words[feature]) for feature in features if feature in words))
        if body["kind"] != "booster":
            return cls(name, body, encoder, IDENTITY)
        if f"{name}.lgb" not in files:
            raise BundleError(f"{name} has no {name}.lgb", expected="its booster in the manifest", remedy=REMEDY)
        text = files[f"{name}.lgb"].decode()
        calibration = Calibration.from_json(body["calibration"])

        def made(booster: "lightgbm.Booster") -> "Artifact":
            return cls(name, body, encoder, calibration, booster, text)

        if was_tried:
            return made(LateBooster(text, lambda booster: made(booster)._prove()))
        booster_text.check(text)
        return made(boosting.read(text))

    def proving(self, sample: Columns) -> "Artifact":
        """Return the artifact with golden rows from a sample: what was asked, said and answered."""
        golden: dict[str, Any]
        if self.booster is None:
            golden = {"columns": {name: pack(np.asarray(sample[name], np.float64)) for name in self._reads(sample)}}
        else:
            matrix = self.encoder.encode(sample)
            golden = {"rows": pack(matrix), "raw": pack(self._ask(self.asked(matrix), 1))}
        return replace(self, body={**self.body, "golden": golden}).answering()

    def answering(self) -> "Artifact":
        """Return the artifact with its golden rows answered again, as they must be after a new calibration."""
        golden = self.body["golden"]
        said = {name: pack(scores) for name, scores in self._golden_scores(golden).items()}
        return replace(self, body={**self.body, "golden": {**golden, "scores": said}})

    def _ask(self, rows: Numbers, threads: int) -> Numbers:
        assert self.booster is not None  # noqa: S101 - only a booster is asked
        if not len(rows):
            return np.empty(0)
        return np.asarray(self.booster.predict(rows, raw_score=True, num_threads=threads), np.float64)

    def _parts(self, rows: Numbers, threads: int, explainer: "Explainer | None") -> Numbers:
        if explainer is not None:
            return explainer.contributions(rows, threads=threads)
        assert self.booster is not None  # noqa: S101 - only a booster is asked
        return np.asarray(self.booster.predict(rows, pred_contrib=True, num_threads=threads), np.float64)

    def _effect(self, raw: Numbers) -> Numbers:
        return np.asarray(np.interp(raw, self.calibration.raw, self.calibration.logit), np.float64)

    def _believed(self) -> float:
        return float(self.body["prior"]["probability"])

    def _prior_logit(self) -> float:
        return float(np.log(self._believed() / (1 - self._believed())))

    def _reads(self, sample: Columns) -> list[str]:
        return [name for name in ("day_of_week", *slots.COUNTS) if name in sample]

    def _golden_scores(self, golden: Mapping[str, Any]) -> dict[str, Numbers]:
        if self.booster is None:
            kept = {name: unpack(values) for name, values in golden["columns"].items()}
            chances = slots.chances(self.body["table"], kept)
            return self.scores(kept) | {f"slot {place}": part for place, part in enumerate(chances.T)}
        return self.read(unpack(golden["raw"]))

    def _prove(self) -> None:
        """Refuse an artifact whose golden rows score otherwise than in training."""
        if self.kind == "prior":
            return
        golden, fits = self.body["golden"], True
        if self.booster is not None:
            rows = self.asked(unpack(golden["rows"]).reshape(-1, len(self.features)))
            fits = self.booster.num_feature() == rows.shape[1] and _same(self._ask(rows, 1), unpack(golden["raw"]))
        told, said = golden["scores"], self._golden_scores(golden) if fits else {}
        if set(said) != set(told) or not all(_same(said[name], unpack(one)) for name, one in told.items()):
            raise BundleError(
                f"{self.name} does not score its golden rows as it did in training",
                expected="the same numbers, bit for bit",
                remedy="serve with the LightGBM version it was trained with, or train again: regua learn",
            )


def _same(found: Numbers, told: Numbers) -> bool:
    """Compare bit for bit, NaN with NaN."""
    return found.shape == told.shape and found.tobytes() == told.tobytes()
