"""The kinds of problems, by their code: what each means and what to do, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("problem_types.yaml")
UNFORESEEN = "error"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem; ``title`` and ``about`` by language."""

    code: str
    status: int
    title: Mapping[str, str]
    about: Mapping[str, str]

    @property
    def path(self) -> str:
        """Where its page is: the ``type`` of every such problem."""
        return f"/v1/problems/{self.code}"


@cache
def problem_types() -> Mapping[str, ProblemType]:
    """Read all kinds of problems, by code."""
    found = yaml.safe_load(FILE.read_text("utf-8"))
    return {code: ProblemType(code, **words) for code, words in found.items()}


def type_of(code: str) -> ProblemType:
    """Return the kind of a code; one nobody described is told as a failure of ours."""
    found = problem_types()
    return found.get(code, found[UNFORESEEN])
