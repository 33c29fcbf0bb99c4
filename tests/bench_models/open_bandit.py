"""What would the other policy have earned? Each is valued from the other's log, and the truth stands beside it."""

from pathlib import Path

import numpy as np

from features.adapters import open_bandit
from regua.columns import Columns, Numbers
from tests.bench_models import contest
from tests.bench_models.contest import Say
from tests.bench_models.table import Finding, Part
from training.offpolicy import rewards, targets
from training.offpolicy.evaluate import Evaluation, evaluate
from training.offpolicy.log import BanditLog
from training.offpolicy.targets import Target

DATA = "open bandit"
FILES = {"random": "obd_men_random.csv.gz", "bts": "obd_men_bts.csv.gz"}
_POSITIONS = 3


def run(folder: Path, say: Say) -> Part:
    """Value random from the sampling policy's log, and the other way round."""
    sheets = {name: open_bandit.read_open_bandit(folder / file) for name, file in FILES.items()}
    part = Part(sheets=[sheet.as_dict() for sheet in sheets.values()])
    columns = {name: open_bandit.log_columns(sheet) for name, sheet in sheets.items()}
    logs = {name: _log(one) for name, one in columns.items()}
    truth = {name: float(np.mean(one["clicked"])) for name, one in columns.items()}
    say("random from the log of the sampling policy")
    part.findings += _valued(logs["bts"], targets.uniform(logs["bts"]), "random", "bts", truth["random"])
    say("the sampling policy from the log of random")
    mean = _mean_policy(columns["bts"], logs["random"])
    note = "the target is the other policy's mean over the week, by position: its own chances moved"
    part.findings += _valued(logs["random"], mean, "bts", "random", truth["bts"], note)
    return part


def _log(columns: Columns) -> BanditLog:
    return BanditLog.of(
        columns,
        action="item",
        reward="clicked",
        propensity="propensity",
        features=open_bandit.FACTS,
        also=["position"],
    )


def _mean_policy(columns: Columns, log: BanditLog) -> Target:
    """Estimate a policy's mean chances at each position from how often it showed each item there."""
    place = {name: at for at, name in enumerate(log.actions)}
    shown = np.zeros((_POSITIONS, len(log.actions)))
    items = np.array([place[name] for name in columns["item"].tolist()])
    np.add.at(shown, (columns["position"].astype(int) - 1, items), 1.0)
    chance: Numbers = shown / shown.sum(axis=1, keepdims=True)
    return Target.of("bts, mean", chance[log.columns["position"].astype(int) - 1], log)


def _valued(log: BanditLog, target: Target, name: str, logged: str, truth: float, note: str = "") -> list[Finding]:
    expected = rewards.expected(log, seed=contest.SEED, threads=contest.THREADS)
    found: Evaluation = evaluate(log, target, expected=expected, seed=contest.SEED)
    if found.refused:
        return [
            Finding(DATA, f"value of {name} from the log of {logged}: refused", float("nan"), words=found.refused[0])
        ]
    words = [
        f"{found.support['effective_rounds']:,.0f} effective rounds of {len(log):,}",
        *found.warnings,
        *([note] if note else []),
    ]
    return [
        Finding(
            DATA,
            f"value of {name} from the log of {logged}: {way}",
            one.value,
            one.low,
            one.high,
            truth if way != "logged" else None,
            "truth" if way != "logged" else "",
            "; ".join(words) if way == "ips" else _held(one.low, one.high, truth) if way != "logged" else "",
        )
        for way, one in found.values.items()
    ]


def _held(low: float, high: float, truth: float) -> str:
    return "holds the truth" if low <= truth <= high else "misses the truth"
