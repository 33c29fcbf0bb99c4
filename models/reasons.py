"""Why a score is what it is: a few stable codes with a sentence each, from exact Shapley contributions.

Contributions of features are added up by family, so a code survives a feature being split or renamed. The sentences
stand in ``reasons.yaml``, in Brazilian Portuguese and English.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from models.artifact import Artifact
from models.families import FAMILIES, FAMILY_OF
from models.shapley import WORTH_IT_ROWS, Explainer
from regua.columns import Array, Columns, Numbers, chunks, height
from regua.errors import DataError
from regua.records import Reason

WORDS = Path(__file__).with_name("reasons.yaml")
_SILENT = {"effect": 0.001}
"""A tenth of a point of an effect is worth reading; of log-odds it takes a hundredth."""

_BATCH_ROWS = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What each family adds to the log-odds of each row, and what would be said of anybody.

    ``by_family`` is ``(n, families)`` in the order of :data:`models.families.FAMILIES`; its rows and ``common``
    (``(n,)``) sum to the score before calibration. A family that adds less than ``silent`` says nothing worth reading.
    """

    name: str
    by_family: Numbers
    common: Numbers
    silent: float = 0.01

    def reasons(self, limit: int = 4) -> list[tuple[Reason, ...]]:
        """Give each row its strongest reasons, strongest first, at most ``limit``."""
        return [tuple(self._said(row, limit)) for row in self.by_family]

    def _said(self, row: Numbers, limit: int) -> list[Reason]:
        names = tuple(FAMILIES)
        strongest = np.argsort(-np.abs(row), kind="stable")[:limit]
        return [
            reason(self.name, names[position], raises=bool(row[position] > 0))
            for position in strongest
            if abs(row[position]) >= self.silent
        ]


def explain(
    artifact: Artifact, columns: Columns, *, threads: int = 1, explainer: Explainer | None = None
) -> Explanation:
    """Explain an artifact's scores of some rows: of a curve, what comes in within a year; of an effect, the effect.

    Parameters
    ----------
    artifact
        A prior explains nothing: all of its score is common.
    columns
        The profile that was scored; a few milliseconds a row.
    explainer
        Made of the artifact's booster, for many rows.
    """
    parts = artifact.contributions(columns, threads=threads, explainer=explainer)
    place = {family: position for position, family in enumerate(FAMILIES)}
    grouped = np.zeros((len(parts), len(FAMILIES)))
    for position, feature in enumerate(artifact.features):
        grouped[:, place[FAMILY_OF[feature]]] += parts[:, position]
    return Explanation(artifact.name, grouped, parts[:, -1], _SILENT.get(artifact.answers, 0.01))


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Reasons of many rows, each a number instead of a sentence.

    ``codes`` are all codes the artifact can give; ``places`` is ``(n, limit)``, strongest first, -1 for none.
    """

    codes: tuple[str, ...]
    places: Array

    def of(self, row: int) -> tuple[str, ...]:
        """Return the codes of one row."""
        return tuple(self.codes[place] for place in self.places[row] if place >= 0)


def explain_batch(artifact: Artifact, columns: Columns, *, limit: int = 4, threads: int = 1) -> Told:
    """Give every row its strongest reasons as codes, a few thousand rows at a time: the nightly way.

    The codes are those :func:`explain` gives each row alone, whatever else is in the batch.

    Parameters
    ----------
    columns
        The profile that was scored; contributions take some ten times as long as scores.
    limit
        Most reasons a row.
    """
    text = artifact.booster_text if height(columns) >= WORTH_IT_ROWS else None
    explainer = None if text is None else Explainer(text)
    parts = [
        _strongest(explain(artifact, part, threads=threads, explainer=explainer), limit)
        for part in chunks(columns, _BATCH_ROWS)
    ]
    places = np.vstack(parts) if parts else np.empty((0, limit), np.int16)
    return Told(codes((artifact.name,)), places)


def _strongest(told: Explanation, limit: int) -> Array:
    by_family = told.by_family
    order = np.argsort(-np.abs(by_family), axis=1, kind="stable")[:, :limit]
    found = np.take_along_axis(by_family, order, axis=1)
    return np.where(np.abs(found) >= told.silent, 2 * order + (found < 0), -1).astype(np.int16)


@cache
def reason(name: str, family: str, *, raises: bool) -> Reason:
    """Word one reason.

    Examples
    --------
    >>> said = reason("roll_risk", "payment_habit", raises=True)
    >>> said.code, said.text["en"]
    ('roll_risk_up_payment_habit', 'Raises the risk of falling further behind: how bills were paid over the last year')
    """
    words = _words()
    direction = "up" if raises else "down"
    model = _speaks_as(name)
    text = {
        language: words["models"][model][direction][language].format(because=words["families"][family][language])
        for language in ("pt-BR", "en")
    }
    return Reason(f"{name}_{direction}_{family}", text)


def codes(names: Sequence[str]) -> tuple[str, ...]:
    """List every code the named artifacts can give."""
    return tuple(reason(n, family, raises=up).code for n in names for family in FAMILIES for up in (True, False))


def family_words(family: str) -> Mapping[str, str]:
    """Name a family of facts in both languages.

    Examples
    --------
    >>> family_words("promises")["en"]
    'promises made and kept'
    """
    return _words()["families"][family]  # type: ignore[return-value]


def _speaks_as(name: str) -> str:
    """Return the model whose words an artifact speaks: its own, or those of the model it is an arm of."""
    known = [model for model in _words()["models"] if name == model or name.startswith(f"{model}_")]
    if not known:
        raise DataError(f"{name} has no words for its reasons", expected=f"its model in {WORDS.name}")
    return max(known, key=len)


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    words: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words
