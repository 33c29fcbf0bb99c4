"""Whom does an e-mail change? A randomised test of two e-mails through the product's own study of trials."""

from pathlib import Path

from features.adapters import email_test
from tests.bench_models import contest
from tests.bench_models.contest import Say
from tests.bench_models.table import Finding, Part
from training.causal.study import ArmStudy, Effort, Study, study
from training.causal.trial import Trial

DATA = "e-mail test"
FILE = "hillstrom.csv.gz"
EFFORT = Effort(bootstrap=100, permutations=150, seeds=1)


def run(folder: Path, say: Say) -> Part:
    """Measure the whole set: visits, then what was spent."""
    sheet = email_test.read_email_test(folder / FILE)
    part = Part(sheets=[sheet.as_dict()])
    columns = email_test.trial_columns(sheet)
    for outcome, tried in (("visited", ("s", "t", "x", "dr")), ("spent_cents", ("t", "dr"))):
        trial = Trial.of(
            columns,
            treatment="arm",
            outcome=outcome,
            control="nothing",
            features=email_test.FACTS,
            customer="customer",
        )
        found = study(trial, tried=tried, effort=EFFORT, seed=contest.SEED, threads=contest.THREADS, progress=say)
        for arm in found.arms.values():
            part.findings += _of_arm(outcome, arm)
        part.findings += _policies(outcome, found)
    return part


def _of_arm(outcome: str, arm: ArmStudy) -> list[Finding]:
    qini = arm.measured[arm.chosen]["qini"]
    shares = ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in arm.grouped.shares.items() if share)
    least = arm.grouped.tenths[-1]
    told = "some are changed more than others" if arm.is_heterogeneous else "no detectable heterogeneity"
    return [
        Finding(
            DATA,
            f"{outcome}: average effect of {arm.arm}",
            arm.ate.value,
            arm.ate.low,
            arm.ate.high,
            arm.difference.value,
            "difference of means",
        ),
        Finding(
            DATA,
            f"{outcome}: Qini of {arm.arm} ({arm.chosen} learner)",
            qini.value,
            qini.low,
            qini.high,
            arm.permuted.best_chance_95,
            "chance reaches, best of those tried",
            f"{told}, p = {arm.permuted.best_p_value:.3f}; groups: {shares}",
        ),
        Finding(
            DATA,
            f"{outcome}: effect of {arm.arm} on the tenth said to gain least",
            least.effect.value,
            least.effect.low,
            least.effect.high,
            least.predicted,
            "predicted",
            "leave in peace" if least.effect.high < arm.grouped.margin else "nobody shown to be better left in peace",
        ),
    ]


def _policies(outcome: str, found: Study) -> list[Finding]:
    values = [
        Finding(
            DATA,
            f"{outcome}: value a head, {name}",
            one.value,
            one.low,
            one.high,
            words="recommended" if name == found.recommended else "",
        )
        for name, one in found.policies.items()
    ]
    return [*values[:-1], Finding(**{**_fields(values[-1]), "words": "; ".join(found.advice)})] if values else []


def _fields(one: Finding) -> dict[str, object]:
    return {name: getattr(one, name) for name in Finding.__slots__}
