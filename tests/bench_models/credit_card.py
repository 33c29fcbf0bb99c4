"""Default and self-cure of credit-card accounts, by the product's own definitions; six months give a check in time."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from features.adapters import credit_card
from features.adapters.sheet import Sheet
from models import SPECS
from models.measure import measure
from regua.columns import Array, Numbers
from tests.bench_models import contest
from tests.bench_models.contest import OURS, Contest, Say
from tests.bench_models.table import Finding, Part
from training.examples import Examples
from training.judging.split import out_of_time
from training.plan import Split

DATA = "credit card"
FILE = "uci_credit_card_visible.csv.gz"
FIVE_FOLD = "5-fold by customer (no time axis)"
MONTH_ENDS = {month: np.datetime64(f"2005-{11 - month:02d}-01", "us") for month in range(1, 6)}
"""When each month was over: month 1 is September."""


def run(folder: Path, say: Say) -> Part:
    """Measure the whole set."""
    sheet = credit_card.read_credit_card(folder / FILE)
    part = Part(sheets=[sheet.as_dict()])
    now = _examples(sheet, 1, credit_card.outcome(sheet))
    late = now.columns["days_past_due"] >= 1
    part.contests += [
        _in_folds(sheet, now, np.ones(len(now), bool), "roll_risk", "default in October", say),
        _in_folds(sheet, _answered(now, 1 - now.label), late, "self_cure", "no default, past due in September", say),
    ]
    for name, question, share in (
        ("ability_to_pay", "past due: pays half of the bill or more next month", 0.5),
        ("willingness_to_pay", "past due: pays anything next month", 0.0),
    ):
        part.contests.append(_paying_next(sheet, name, question, share, say))
    part.findings += [*_by_bucket(part.contests[0]), *_roll_rates(sheet), *_fairness(sheet, part.contests[0])]
    return part


def _examples(sheet: Sheet, month: int, label: Numbers) -> Examples:
    columns = credit_card.profile(sheet, month)
    moment = np.full(len(label), MONTH_ENDS[month])
    return Examples(columns, label, np.ones(len(label)), moment, sheet.words("account_id"))


def _answered(examples: Examples, label: Numbers) -> Examples:
    return replace(examples, label=label)


def _in_folds(sheet: Sheet, examples: Examples, rows: Array, name: str, question: str, say: Say) -> Contest:
    raw = {
        column: sheet.numbers(column)[rows]
        for column in sheet.frame.columns
        if column.startswith(("status", "bill", "paid", "credit"))
    }
    examples = examples.take(rows)
    spec = contest.with_features(SPECS[name], examples.columns, target=question)
    cuts = contest.by_customer(examples.customer)
    return contest.hold(DATA, question, spec, examples, cuts, split=FIVE_FOLD, raw=raw, say=say)


def _paying_next(sheet: Sheet, name: str, question: str, share: float, say: Say) -> Contest:
    """Observe who is past due at the end of each month; the next month's payment answers. The last month tests.

    Amounts answer, not statuses: these carry the habit of coding.
    """
    parts = []
    for month in range(5, 1, -1):
        paid = sheet.numbers(f"paid_{month - 1}_cents")
        bill = np.maximum(sheet.numbers(f"bill_{month}"), 0) * 100
        label = ((paid > 0) & (paid >= share * bill)).astype(np.float64)
        made = _examples(sheet, month, label)
        parts.append(made.take((made.columns["days_past_due"] >= 1) & (bill > 0)))
    examples = _joined(parts)
    spec = SPECS.get(name, SPECS["roll_risk"])
    spec = contest.with_features(spec, examples.columns, name=name, target=question, monotone={}, performance_days=30)
    starts = Split(
        calibrate_from=MONTH_ENDS[3].astype("datetime64[D]").item(),
        test_from=MONTH_ENDS[2].astype("datetime64[D]").item(),
    )
    folds = out_of_time(examples.moment, examples.customer, 30, starts, seed=contest.SEED)
    split = "out of time: April to July, then August; no customer in both"
    return contest.hold(DATA, question, spec, examples, [folds], split=split, say=say)


def _joined(parts: Sequence[Examples]) -> Examples:
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    label, weight, moment, customer = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("label", "weight", "moment", "customer")
    )
    return Examples(columns, label, weight, moment, customer)


def _by_bucket(held: Contest) -> list[Finding]:
    return [
        Finding(
            DATA,
            f"default: AUC among {bucket} days past due (n={int(figure['rows'] or 0):,})",
            float(figure["auc"]),
            figure.get("auc_low"),
            figure.get("auc_high"),
            figure["ece"],
            "ECE",
            "pooled figures are flattered by the buckets' different rates" if bucket == "1-30" else "",
        )
        for bucket, figure in held.buckets.items()
        if bucket != "pooled" and figure["auc"] is not None and (figure["positives"] or 0) >= 30
    ]


def _roll_rates(sheet: Sheet) -> list[Finding]:
    """Foretell the moves of the last month but one with those before it, and say what the coding does to the last."""
    earlier = sum(credit_card.roll_matrix(sheet, month) for month in (3, 4, 5))
    found = []
    for month, name, words in (
        (2, "July to August", "three months' mean foretells the fourth"),
        (1, "August to September", "an artefact: only September uses the code 1, so 42 % seem to cure by a month"),
    ):
        later = credit_card.roll_matrix(sheet, month)
        for state in (0, 2):
            told, came = (matrix[state] / matrix[state].sum() for matrix in (earlier, later))
            away = float(np.abs(told - came).sum() / 2)
            found.append(
                Finding(
                    DATA,
                    f"roll rates {name}, from {state} months late: share foretold wrongly",
                    away,
                    beside=float(came[:state].sum()) if state else float(came[1:].sum()),
                    beside_what=f"moved to a {'better' if state else 'worse'} state",
                    words=words,
                )
            )
    return found


def _fairness(sheet: Sheet, held: Contest) -> list[Finding]:
    """Measure by group what no model saw: who is ranked well, and whose chances are said too high."""
    found = []
    for attribute, groups in credit_card.protected(sheet).items():
        mine = groups[held.rows_tested]
        for group in np.unique(mine.astype(str)):
            rows = mine == group
            test, said = held.test.take(rows), held.said[OURS][rows]
            figure = measure(test.label, said, test.weight, test.customer)
            gap = float(np.mean(said) - np.mean(test.label))
            found.append(
                Finding(
                    DATA,
                    f"fairness, {attribute}: {group} (n={len(test):,}), AUC",
                    float(figure["auc"] or np.nan),
                    figure.get("auc_low"),
                    figure.get("auc_high"),
                    gap,
                    "said less happened",
                )
            )
    return found
