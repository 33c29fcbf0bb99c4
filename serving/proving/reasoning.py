"""Why every score of the whole book is what it is, as codes in one file: the nightly way."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa

from models import SPECS
from models.artifact import Artifact
from models.asked import WHO
from models.reasons import explain_batch
from regua.clock import SetClock, utc
from regua.columns import Columns, take
from regua.settings import Settings
from serving.deciding.batch import everybody
from serving.deciding.written import WholeFile
from serving.scoring.scorer import ARTIFACT_OF, Scorer
from serving.service import Service

SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "contract_id": pa.string(),
        "score": pa.string(),
        "value": pa.float64(),
        "reasons": pa.list_(pa.string()),
    }
)
"""A row a customer and score; ``reasons`` are codes, strongest first, at most four."""


@dataclass(slots=True)
class Reasoned:
    """What a night's reasons came to.

    ``scores`` counts rows by score; ``codes`` how often each code is the strongest. Scores that a prior or a table of
    hours answers have no reasons of their own and are not in the file.
    """

    moment: datetime
    output: Path
    release_id: str
    customers: int = 0
    scores: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        plain = {"moment": self.moment, "output": str(self.output), "release_id": self.release_id}
        told = {"scores": dict(self.scores), "codes": dict(self.codes), "seconds": self.seconds}
        return plain | {"customers": self.customers} | told


def explain_book(
    settings: Settings, moment: datetime, *, progress: Callable[[int, int], None] | None = None
) -> Reasoned:
    """Give every score of everyone in the snapshot at or before a moment its reasons, and write them as Parquet.

    Nothing is decided or logged. The codes are those ``regua explain`` words for one decision.

    Parameters
    ----------
    settings
        Where things lie; ``chunk_rows`` customers are held in memory at once.
    progress
        Told after each chunk (customers done, customers in all).

    Raises
    ------
    NotFoundError
        There is no snapshot yet.
    BundleError
        The champion cannot be used.
    """
    started, moment = perf_counter(), utc(moment)
    target = settings.home / "reasons" / f"{moment:%Y-%m-%dT%H%M%S}.parquet"
    names = everybody(settings, moment)
    service = Service.open(settings, SetClock(moment), online=False)
    try:
        scorer = service.pipeline.scorer
        told = Reasoned(moment, target, scorer.release_id)
        with WholeFile(target, SCHEMA) as file:
            for start in range(0, len(names), settings.chunk_rows):
                chunk = names[start : start + settings.chunk_rows]
                columns = service.pipeline.inputs(chunk, moment)[0].columns
                for rows in _reasoned(scorer, columns, settings.threads):
                    file.add(rows)
                    told.scores[rows[2][0]] += len(rows[2])
                    told.codes.update(codes[0] for codes in rows[4] if codes)
                told.customers += len(chunk)
                if progress:
                    progress(told.customers, len(names))
    finally:
        service.close()
    told.seconds = perf_counter() - started
    return told


def _reasoned(scorer: Scorer, columns: Columns, threads: int) -> Iterator[list[list[Any]]]:
    """Give, score by score, the rows of :data:`SCHEMA` of those who are asked and answered by trees."""
    scores = scorer.score(columns)
    for name, artifact in _explained(scorer):
        asked = WHO[SPECS[artifact.body["model"]].asked_of](columns).nonzero()[0]
        if not len(asked):
            continue
        part = take(columns, asked)
        told = explain_batch(artifact, part, threads=threads)
        who = [part["customer_id"].tolist(), part["contract_id"].tolist()]
        values = scores[name][asked].tolist()
        yield [*who, [name] * len(asked), values, [list(told.of(row)) for row in range(len(asked))]]


def _explained(scorer: Scorer) -> Iterator[tuple[str, Artifact]]:
    """Name the scores that trees answer, each with its artifact; of a curve the last, which its trees add up to."""
    models = scorer.bundle.models if scorer.bundle else {}
    last = {artifact: score for score, artifact in ARTIFACT_OF.items()}
    for name, score in last.items():
        if name in models and models[name].booster is not None:
            yield score, models[name]
