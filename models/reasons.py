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
from regua.columns import Columns, Numbers
from regua.records import Reason

WORDS = Path(__file__).with_name("reasons.yaml")
_SILENT = 0.01
"""Log-odds below which a family says nothing worth reading."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What each family adds to the log-odds of each row, and what would be said of anybody.

    ``by_family`` is ``(n, families)`` in the order of :data:`models.families.FAMILIES`; its rows and ``common``
    (``(n,)``) sum to the score before calibration.
    """

    name: str
    by_family: Numbers
    common: Numbers

    def reasons(self, limit: int = 4) -> list[tuple[Reason, ...]]:
        """Give each row its strongest reasons, strongest first, at most ``limit``."""
        return [tuple(self._said(row, limit)) for row in self.by_family]

    def _said(self, row: Numbers, limit: int) -> list[Reason]:
        names = tuple(FAMILIES)
        strongest = np.argsort(-np.abs(row), kind="stable")[:limit]
        return [
            reason(self.name, names[position], raises=bool(row[position] > 0))
            for position in strongest
            if abs(row[position]) >= _SILENT
        ]


def explain(artifact: Artifact, columns: Columns) -> Explanation:
    """Explain an artifact's scores of some rows.

    Parameters
    ----------
    artifact
        A prior explains nothing: all of its score is common.
    columns
        The profile that was scored; a few milliseconds a row.
    """
    parts = artifact.contributions(columns)
    place = {family: position for position, family in enumerate(FAMILIES)}
    grouped = np.zeros((len(parts), len(FAMILIES)))
    for position, feature in enumerate(artifact.features):
        grouped[:, place[FAMILY_OF[feature]]] += parts[:, position]
    return Explanation(artifact.name, grouped, parts[:, -1])


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
    model = name if name in words["models"] else "channel_response"
    text = {
        language: words["models"][model][direction][language].format(because=words["families"][family][language])
        for language in ("pt-BR", "en")
    }
    return Reason(f"{name}_{direction}_{family}", text)


def codes(names: Sequence[str]) -> tuple[str, ...]:
    """List every code the named artifacts can give."""
    return tuple(reason(n, family, raises=up).code for n in names for family in FAMILIES for up in (True, False))


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    words: Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words
