"""Road fines after the penalty: who pays, who is handed over, and when: the product's path from the log to the profile.

The log becomes canonical tables, the tables give profiles as of the dawn after each penalty, and the label is asked of
the same tables. Nothing here reads the log itself.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from features import pairs
from features.adapters import ingest_road_fines
from features.adapters.sheet import digest_of
from features.sources import open_tables
from models import SPECS
from regua.columns import Array, Columns, Numbers, from_arrow, take
from regua.settings import Settings
from tests.bench_models import contest, fines_curve
from tests.bench_models.contest import Contest, Say
from tests.bench_models.table import Part
from training import plan as plans
from training.cases import datasets
from training.examples import Examples
from training.judging.split import out_of_time
from training.plan import Split

DATA = "road fines"
FILE = "road_fines_events_to_2008.csv.gz"
LOG_ENDS = datetime(2009, 1, 1, tzinfo=UTC)
YEAR = 365

_PENALTIES = """
WITH penalty AS (
    SELECT customer_id, contract_id, min(happened_at) AS penalised_at
    FROM invoices WHERE invoice_id LIKE '%-penalty' GROUP BY ALL
)
SELECT customer_id, contract_id, penalised_at, penalised_at + INTERVAL 29 HOUR AS dawn, opened_on,
       (placed_at IS NOT NULL)::DOUBLE AS is_handed_over,
       coalesce(list_sort(list(p.happened_at) FILTER (p.happened_at IS NOT NULL)), []) AS paid_at
FROM penalty JOIN contracts USING (contract_id, customer_id)
LEFT JOIN payments AS p USING (contract_id)
WHERE penalised_at < TIMESTAMP '2008-01-01'
GROUP BY ALL ORDER BY contract_id
"""


def run(folder: Path, say: Say) -> Part:
    """Measure the whole set."""
    part = Part()
    with TemporaryDirectory(prefix="regua-fines-") as home:
        settings = Settings(home=Path(home), zone="Europe/Rome", threads=contest.THREADS)
        say("the log becomes canonical tables")
        report = ingest_road_fines(folder / FILE, settings, LOG_ENDS)
        events = report.ingest.tables["road_fine_events"]
        part.sheets.append(
            {
                "file": FILE,
                "sha256": digest_of(folder / FILE),
                "in": events.rows_in,
                "kept": events.kept,
                "quarantined": events.quarantined,
                "by_rule": dict(events.by_rule),
                "notes": [
                    f"{report.cases_in:,} cases, {report.cases_quarantined} without a usable first event",
                    *report.ingest.warnings,
                ],
            }
        )
        say("profiles as of the dawn after each penalty")
        asked = _penalised(settings)
        part.contests += [_paying(asked, say), _handed_over(asked, say)]
        part.contests += _by_plan(settings, say)
        part.findings += fines_curve.findings(settings, LOG_ENDS, say)
    return part


def _penalised(settings: Settings) -> Examples:
    """Give each penalty's case its profile; the label is whether anything was paid within a year of the penalty."""
    with open_tables(settings) as connection:
        table = connection.sql(_PENALTIES).to_arrow_table()
    known = from_arrow(
        pairs.at(settings, pa.table({"customer_id": table["customer_id"], "event_timestamp": table["dawn"]}))
    )
    place = {name: row for row, name in enumerate(known["contract_id"].tolist())}
    facts = from_arrow(table.drop_columns(["paid_at"]))
    rows = np.array([place.get(name, -1) for name in facts["contract_id"].tolist()])
    found = rows >= 0
    paid = _paid_within(table["paid_at"].to_pylist(), facts["dawn"], facts["penalised_at"])
    columns = take(known, rows[found]) | {
        "opened_on": facts["opened_on"][found],
        "is_handed_over": facts["is_handed_over"][found],
    }
    dawn = facts["dawn"][found].astype("datetime64[us]")
    return Examples(columns, paid[found], np.ones(int(found.sum())), dawn, facts["customer_id"][found])


def _paid_within(paid_at: list[list[datetime]], dawn: Array, penalised: Array) -> Numbers:
    """Say who paid anything from the day after the penalty until a year from it; what came that day is known."""
    year = np.timedelta64(YEAR, "D")
    return np.array(
        [
            float(any(start < np.datetime64(at, "us") <= end for at in moments))
            for moments, start, end in zip(paid_at, dawn, penalised + year, strict=True)
        ]
    )


def _paying(asked: Examples, say: Say) -> Contest:
    spec = SPECS.get("willingness_to_pay", SPECS["self_cure"])
    spec = contest.with_features(
        spec, asked.columns, name="willingness_to_pay", monotone={}, performance_days=YEAR, excluded_holds=()
    )
    split = Split.model_validate({"calibrate_from": "2005-01-01", "test_from": "2007-01-01"})
    folds = out_of_time(asked.moment, asked.customer, YEAR - 1, split, seed=contest.SEED)
    mine = replace(asked, columns=_only(asked.columns, spec.features))
    question = "pays anything within 365 days of the penalty"
    when = "out of time: penalty before 2006, then 2007"
    return contest.hold(DATA, question, spec, mine, [folds], split=when, say=say)


def _handed_over(asked: Examples, say: Say) -> Contest:
    """Ask who will be handed over at the next batch; years whose batch the log does not reach are left out.

    A batch takes the fines of the year to September before: those made to September 2003 had been handed over by
    Christmas 2004, and those made to September 2005 were by February 2007, the last batch there is.
    """
    opened = asked.columns["opened_on"].astype("datetime64[D]")
    learned = opened < np.datetime64("2003-10-01")
    tested = (opened >= np.datetime64("2004-10-01")) & (opened < np.datetime64("2005-10-01"))
    tested &= asked.moment >= np.datetime64("2005-01-01")
    learned &= asked.moment < np.datetime64("2004-10-01")
    cases = replace(asked, label=asked.columns["is_handed_over"]).take(learned | tested)
    spec = contest.with_features(SPECS["roll_risk"], cases.columns, target="handed to collection", monotone={})
    split = Split.model_validate({"calibrate_from": "2003-01-01", "test_from": "2005-01-01"})
    folds = out_of_time(cases.moment, cases.customer, 0, split, seed=contest.SEED)
    mine = replace(cases, columns=_only(cases.columns, spec.features))
    when = "out of time: fines to September 2003, then those of the year to September 2005"
    return contest.hold(DATA, "handed to collection at the next batch", spec, mine, [folds], split=when, say=say)


def _by_plan(settings: Settings, say: Say) -> list[Contest]:
    """Ask the product's own plan for this log: the same cases that ``regua demo-real`` learns from."""
    plan = plans.read(plans.PLANS / "road_fines.yaml")
    say("the plan's own cases")
    held = []
    for name, data in datasets.build(settings, plan, LOG_ENDS, seed=contest.SEED).items():
        spec = data.spec
        if spec.answers != "probability" or spec.arms:
            continue
        examples = data.examples
        window = spec.window_days
        folds = out_of_time(examples.moment, examples.customer, window, plan.split, seed=contest.SEED)
        spec = replace(contest.with_features(spec, examples.columns), name=name)
        question = f"{name}: {spec.target}, a year"
        when = "out of time: before 2006, then 2007"
        held.append(contest.hold(DATA, question, spec, examples, [folds], split=when, say=say))
    return held


def _only(columns: Columns, names: tuple[str, ...]) -> dict[str, Array]:
    return {name: columns[name] for name in names}
