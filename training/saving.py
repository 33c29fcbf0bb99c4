"""Datasets and learned models as files, without loss: Parquet, JSON and LightGBM's own text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from models.artifact import Artifact
from models.resample import Estimate
from regua.columns import Array
from regua.records import canonical
from training.cases.datasets import Dataset
from training.examples import Examples
from training.judging.evaluate import Verdict
from training.judging.split import Folds
from training.learned import Learned
from training.plan import Plan
from training.teaching.tune import Tuned

_LEARNED = "learned.json"


def write_datasets(folder: Path, made: Mapping[str, Dataset]) -> None:
    """Write the cases of every model."""
    for name, data in made.items():
        cases = data.examples
        columns = {f"x:{one}": array for one, array in cases.columns.items()}
        columns |= {f"e:{one}": array for one, array in data.extras.items()}
        columns |= {"label": cases.label, "weight": cases.weight, "moment": cases.moment}
        columns |= {"customer": cases.customer, "arm": data.arm}
        frame = pl.DataFrame([_series(one, array) for one, array in columns.items()])
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=1)
    counts = {name: data.counts for name, data in made.items()}
    (folder / "counts.json").write_bytes(canonical(counts))


def read_datasets(folder: Path, plan: Plan) -> dict[str, Dataset]:
    """Read the cases of every model back, as they were written."""
    counts = orjson.loads((folder / "counts.json").read_bytes())
    return {name: _dataset(pl.read_parquet(folder / f"{name}.parquet"), plan, name, counts[name]) for name in counts}


def write_learned(folder: Path, learned: Sequence[Learned]) -> None:
    """Write all arms of one model."""
    for one in learned:
        for file, content in one.artifact.files().items():
            (folder / file).write_bytes(content)
    tuned = learned[0].tuned
    arms = [
        {
            "arm": one.arm,
            "files": sorted(one.artifact.files()),
            "figures": one.verdict.figures,
            "scorecard": one.verdict.scorecard,
            "counts": one.counts,
            "folds": one.folds,
        }
        for one in learned
    ]
    (folder / _LEARNED).write_bytes(canonical({"arms": arms, "tuned": None if tuned is None else asdict(tuned)}))


def read_learned(folder: Path, data: Dataset, folds: Folds) -> list[Learned]:
    """Read all arms of one model back; the test cases are those of the folds."""
    told = orjson.loads((folder / _LEARNED).read_bytes())
    tuned = None if told["tuned"] is None else _tuned(told["tuned"])
    return [_learned(folder, data, folds, one, tuned) for one in told["arms"]]


def _learned(folder: Path, data: Dataset, folds: Folds, told: Mapping[str, Any], tuned: Tuned | None) -> Learned:
    name = data.spec.artifact_name(told["arm"])
    artifact = Artifact.from_files(name, {file: (folder / file).read_bytes() for file in told["files"]})
    verdict = Verdict(told["figures"], told["scorecard"])
    test = folds.weighted(data.examples).take((data.arm == told["arm"]) & folds.test)
    return Learned(data.spec, told["arm"], artifact, verdict, told["counts"], told["folds"], tuned, test)


def _tuned(told: Mapping[str, Any]) -> Tuned:
    gain = None if told["gain"] is None else Estimate(**told["gain"])
    return Tuned(**{**told, "trials": tuple(told["trials"]), "gain": gain})


def _series(name: str, array: Array) -> pl.Series:
    if array.dtype == object:
        return pl.Series(name, array.tolist(), dtype=pl.String)
    return pl.Series(name, array)


def _dataset(frame: pl.DataFrame, plan: Plan, name: str, counts: Mapping[str, int]) -> Dataset:
    columns = {one: _array(frame[one]) for one in frame.columns}
    examples = Examples(
        {one[2:]: array for one, array in columns.items() if one.startswith("x:")},
        columns["label"],
        columns["weight"],
        columns["moment"],
        columns["customer"],
    )
    extras = {one[2:]: array for one, array in columns.items() if one.startswith("e:")}
    return Dataset(plan.spec(name), examples, columns["arm"], extras, counts)


def _array(series: pl.Series) -> Array:
    array = series.to_numpy(writable=True)
    return array.astype("datetime64[us]") if np.issubdtype(array.dtype, np.datetime64) else array
