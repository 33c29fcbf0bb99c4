"""One trained model at rest and at work: LightGBM's own text, and JSON for all the rest.

LightGBM's text loader crashes the process on most damaged files, so no byte reaches it whose SHA-256 is not the
one signed in the manifest; after loading, stored golden rows must score bit for bit as they did in training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from models.calibrate import IDENTITY, Calibration
from models.encode import Encoder
from regua.columns import Columns, Numbers, height
from regua.errors import BundleError
from regua.records import canonical, digest

if TYPE_CHECKING:
    import lightgbm

FORMAT = 1
_REMEDY = "take the bundle from its source again, or train a new one: regua learn"


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """A model that answers: a calibrated booster, or a documented prior where there was too little to learn from.

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
        """``booster`` or ``prior``."""
        return str(self.body["kind"])

    @property
    def source_code(self) -> str | None:
        """The code a score carries when it is only a prior, such as ``prior_channel_response_letter``."""
        return f"prior_{self.name}" if self.booster is None else None

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the facts it reads."""
        return self.encoder.features

    def predict(self, columns: Columns, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` calibrated probabilities, strictly between 0 and 1.

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
        if self.booster is None:
            return np.full(height(columns), float(self.body["prior"]["probability"]))
        return self.predict_encoded(self.encoder.encode(columns), threads=threads)

    def predict_encoded(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` probabilities for a matrix that :attr:`encoder` has laid out."""
        if self.booster is None:
            return np.full(len(matrix), float(self.body["prior"]["probability"]))
        return self.calibration.apply(self.raw(matrix, threads=threads))

    def raw(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` log-odds before calibration."""
        if self.booster is None:
            return np.full(len(matrix), self._prior_logit())
        if not len(matrix):
            return np.empty(0)
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=threads), np.float64)

    def contributions(self, columns: Columns, *, threads: int = 1) -> Numbers:
        """Return ``(n, features + 1)`` exact TreeSHAP contributions; a row sums to the log-odds before calibration.

        The last column is what would be said of anybody. Lundberg et al. 2020, Nature Machine Intelligence 2.
        """
        parts = np.zeros((height(columns), len(self.features) + 1))
        if self.booster is None:
            parts[:, -1] = self._prior_logit()
        if self.booster is None or not len(parts):
            return parts
        matrix = self.encoder.encode(columns)
        return np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=threads), np.float64)

    def files(self) -> dict[str, bytes]:
        """Return the files this artifact is made of; equal artifacts give equal bytes."""
        files = {f"{self.name}.json": canonical(dict(self.body)) + b"\n"}
        if self.booster_text is not None:
            files[f"{self.name}.lgb"] = self.booster_text.encode()
        return files

    @classmethod
    def load(cls, folder: Path, name: str, expected_sha256: Mapping[str, str]) -> "Artifact":
        """Read an artifact whose every byte is as signed.

        Parameters
        ----------
        folder
            Where ``<name>.json`` and, for a booster, ``<name>.lgb`` lie.
        expected_sha256
            The digest of each file.

        Raises
        ------
        BundleError
            A file is missing or altered, is of another format, or does not score as it did in training.
        """
        return cls.from_files(name, {file: _signed(folder / file, sha) for file, sha in expected_sha256.items()})

    @classmethod
    def from_files(cls, name: str, files: Mapping[str, bytes]) -> "Artifact":
        """Make an artifact of verified bytes."""
        if f"{name}.json" not in files:
            raise BundleError(f"{name} has no {name}.json", expected="its JSON in the manifest", remedy=_REMEDY)
        body = orjson.loads(files[f"{name}.json"])
        if body.get("format") != FORMAT or body.get("name") != name:
            raise BundleError(
                f"{name}.json is {body.get('name')!r} of format {body.get('format')!r}",
                expected=f"{name!r} of format {FORMAT}",
                remedy=_REMEDY,
            )
        words = {feature: tuple(known) for feature, known in body["categories"].items()}
        features = tuple(body["features"])
        encoder = Encoder(features, tuple((feature, words[feature]) for feature in features if feature in words))
        if body["kind"] == "prior":
            return cls(name, body, encoder, IDENTITY)
        if f"{name}.lgb" not in files:
            raise BundleError(f"{name} has no {name}.lgb", expected="its booster in the manifest", remedy=_REMEDY)
        text = files[f"{name}.lgb"].decode()
        made = cls(name, body, encoder, Calibration.from_json(body["calibration"]), _booster(text), text)
        made._prove()
        return made

    def _prior_logit(self) -> float:
        probability = float(self.body["prior"]["probability"])
        return float(np.log(probability / (1 - probability)))

    def _prove(self) -> None:
        golden = self.body["golden"]
        matrix = np.array(golden["rows"], dtype=np.float64).reshape(-1, len(self.features))
        assert self.booster is not None  # noqa: S101 - only a booster is proved
        fits = self.booster.num_feature() == len(self.features)
        if not fits or self.raw(matrix).tolist() != golden["raw"]:
            raise BundleError(
                f"{self.name} does not score its golden rows as it did in training",
                expected="the same numbers, bit for bit",
                remedy="serve with the LightGBM version it was trained with, or train again: regua learn",
            )


def _booster(text: str) -> "lightgbm.Booster":
    import lightgbm

    return lightgbm.Booster(model_str=text)


def _signed(path: Path, sha256: str) -> bytes:
    if not path.is_file():
        raise BundleError(f"{path} is missing", expected="every file the manifest names", remedy=_REMEDY)
    content = path.read_bytes()
    if digest(content) != sha256:
        raise BundleError(
            f"{path} is not as signed ({len(content)} bytes, SHA-256 {digest(content)[:16]}…)",
            expected=f"SHA-256 {sha256[:16]}…",
            remedy=_REMEDY,
        )
    return content
