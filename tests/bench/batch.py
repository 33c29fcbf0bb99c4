"""The whole batch path, profile to logged decision, and the share of it that is spent inside LightGBM."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from regua.settings import Settings
from tests.bench import book, release
from tests.bench.measure import Figure, seconds


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Decide a whole book of 100,000 customers (quick: 10,000) once, each of them in arrears, with every model."""
    from features import snapshots
    from serving.deciding.batch import decide_book

    size = customers or (100_000 if full else 10_000)
    settings = Settings(home=folder / "batch", threads=2)
    book.write(settings, size)
    snapshots.build(settings, [book.MOMENT])
    release.write(settings)
    with _inside_lightgbm() as spent:
        whole_s = seconds(lambda: decide_book(settings, book.MOMENT, everyone=True))
    scoring_s = spent()
    rest_s = whole_s - scoring_s
    return [
        Figure(f"customers decided and logged a second, of {size:,}", size / whole_s, "customers/s"),
        Figure("customers scored a second inside LightGBM", size / scoring_s, "customers/s"),
        Figure("share of the time inside LightGBM", 100 * scoring_s / whole_s, "%", goal="≥ 95 %"),
        Figure("everything else, for 1,000,000", rest_s * 1e6 / size, "s", goal="≤ 3 s"),
    ]


@contextmanager
def _inside_lightgbm() -> Iterator[Callable[[], float]]:
    """Add up the time spent in ``Booster.predict`` by whoever calls it."""
    import lightgbm

    plain, total = lightgbm.Booster.predict, [0.0]

    def timed(*arguments: Any, **named: Any) -> Any:
        start = perf_counter()
        try:
            return plain(*arguments, **named)
        finally:
            total[0] += perf_counter() - start

    lightgbm.Booster.predict = timed
    try:
        yield lambda: total[0]
    finally:
        lightgbm.Booster.predict = plain
