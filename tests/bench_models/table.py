"""What a part hands back, and how it is shown: on a terminal, as JSON, as Markdown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench_models.contest import OURS, Contest

CONTEST = ("set", "question", "split", "answered by", "AUC", "KS", "ECE", "log loss", "regua beside it")
FINDING = ("set", "what", "found", "beside", "in words")
TRUTH = ("score", "bucket", "n", "said", "true", "ECE to the true chance", "by chance", "beyond chance",
         "with truth", "AUC (of at most)", "aim")  # fmt: skip
AIM = 0.02
"""Calibration error wanted on a simulated book."""
MET, MISSED, UNTOLD = "meets", "misses", "within chance"


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure that is no contest: with its interval, what stands beside it, and what it means in words."""

    data: str
    what: str
    value: float
    low: float | None = None
    high: float | None = None
    beside: float | None = None
    beside_what: str = ""
    words: str = ""


@dataclass(slots=True)
class Part:
    """What one data set came to."""

    sheets: list[Mapping[str, Any]] = field(default_factory=list)
    contests: list[Contest] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    truths: list[Mapping[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "sheets": list(self.sheets),
            "contests": [contest.to_dict() for contest in self.contests],
            "findings": [asdict(finding) for finding in self.findings],
            "truths": list(self.truths),
        }


def rows_of(parts: Mapping[str, Mapping[str, Any]]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Lay the parts out: contests, those out of time first, and findings."""
    contests = [contest for part in parts.values() for contest in part.get("contests", ())]
    contests.sort(key=lambda one: not one["is_out_of_time"])
    findings = [finding for part in parts.values() for finding in part.get("findings", ())]
    return [row for one in contests for row in _contest(one)], [_finding(one) for one in findings]


def not_better(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say where we do not beat a simpler model, and by how much."""
    said = []
    for part in parts.values():
        for contest in part.get("contests", ()):
            for rival, difference in contest["differences"].items():
                for measure, sign, words in (("auc", 1, "ranking (AUC)"), ("log_loss", -1, "chances (log loss)")):
                    one = difference[measure]
                    low = min(one["low"] * sign, one["high"] * sign)
                    if low <= 0:
                        worse = max(one["low"] * sign, one["high"] * sign) < 0
                        said.append(
                            f"{contest['data']}, {contest['question']} ({contest['split']}): "
                            f"{'worse than' if worse else 'no better than'} {rival} in {words}, "
                            f"{one['point']:+.4f} [{one['low']:+.4f}, {one['high']:+.4f}]"
                        )
    return said


def show(console: Console, parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Print both tables, and where we are not better."""
    for title, names, rows in zip(("contests", "findings"), (CONTEST, FINDING), rows_of(parts), strict=True):
        if rows:
            table = Table(title=title, title_justify="left")
            for name in names:
                table.add_column(name, overflow="fold")
            for row in rows:
                table.add_row(*row)
            console.print(table)
    _show_truths(console, parts)
    console.print("Where Regua does not beat the simpler model:")
    for line in not_better(parts) or ["nowhere in this run"]:
        console.print(f"  {line}", soft_wrap=True)


def _show_truths(console: Console, parts: Mapping[str, Mapping[str, Any]]) -> None:
    rows = truth_rows(parts)
    if not rows:
        return
    table = Table(title="scores beside the truth of a simulated book", title_justify="left")
    for name in TRUTH:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for line in counted(rows):
        console.print(line)


def counted(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Count which lines meet the aim, which miss it, and which cannot be told apart from chance."""
    told = []
    for what, mine in (("all buckets together", True), ("bucket by bucket", False)):
        held = [row[-1] for row in rows if (row[1] == "all") == mine]
        met, untold, missed = (held.count(word) for word in (MET, UNTOLD, MISSED))
        told.append(
            f"aim, calibration error to the true chance at most {AIM}, {what}: "
            f"{met} of {len(held)} meet it, {untold} are within chance of it, {missed} miss it"
        )
    return told


def truth_rows(parts: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Lay out what was said beside what is true, score by score and bucket by bucket."""
    return [_truth(one) for part in parts.values() for one in part.get("truths", ())]


def _truth(one: Mapping[str, Any]) -> tuple[str, ...]:
    correlation, auc, best = (
        "" if one[name] is None else f"{one[name]:.2f}" for name in ("correlation", "auc", "auc_most")
    )
    return (
        one["score"] + ("" if one["by"] != "prior" else " (a prior)"),
        one["bucket"],
        f"{one['n']:,}",
        f"{one['said']:.3f}",
        f"{one['truth']:.3f}",
        f"{one['ece']:.3f} [{one['ece_low']:.3f}, {one['ece_high']:.3f}]",
        f"{one['ece_floor']:.3f}",
        f"{one['ece_debiased']:.3f}",
        correlation,
        f"{auc} ({best})" if auc else "",
        _held_to(one),
    )


def _held_to(one: Mapping[str, Any]) -> str:
    """Hold an error to the aim; one that a faultless score would show here by chance as well is not told apart."""
    if one["ece"] <= AIM:
        return MET
    return MISSED if one["ece_debiased"] > AIM and one["ece"] > AIM + one["ece_floor"] else UNTOLD


def markdown(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the same as Markdown."""
    lines = []
    for names, rows in zip((CONTEST, FINDING), rows_of(parts), strict=True):
        lines += [_piped(names), _piped(["---"] * len(names)), *map(_piped, rows), ""]
    if truths := truth_rows(parts):
        lines += [_piped(TRUTH), _piped(["---"] * len(TRUTH)), *map(_piped, truths), ""]
        lines += [*counted(truths), ""]
    lines += ["Where Regua does not beat the simpler model:", ""]
    lines += [f"- {line}" for line in not_better(parts) or ["nowhere in this run"]]
    lines += ["", "Files read:", ""]
    for part in parts.values():
        for sheet in part.get("sheets", ()):
            refused = f"{sheet['quarantined']:,} quarantined {sheet['by_rule'] or ''}".strip()
            lines.append(f"- {sheet['file']}: {sheet['in']:,} rows, {refused}; SHA-256 {sheet['sha256']}")
            lines += [f"  - {note}" for note in sheet["notes"]]
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def as_json(found: Mapping[str, Any]) -> str:
    """Write everything for machines."""
    return json.dumps(found, indent=2) + "\n"


def _contest(one: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows = []
    for name, figure in one["figures"].items():
        counted = f"{one['question']} (n={one['rows']['test']:,}, {figure['rate']:.1%} yes)"
        beside = "" if name == OURS else _beside(one["differences"][name])
        rows.append(
            (
                *((one["data"], counted, one["split"]) if name == OURS else ("", "", "")),
                name + (f" ({one['calibration']})" if name == OURS else ""),
                *(_held(figure, measure) for measure in ("auc", "ks", "ece", "log_loss")),
                beside,
            )
        )
    return rows


def _held(figure: Mapping[str, float | None], measure: str) -> str:
    value, low, high = (figure.get(measure + side) for side in ("", "_low", "_high"))
    if value is None:
        return ""
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _beside(difference: Mapping[str, Any]) -> str:
    auc, loss = difference["auc"], difference["log_loss"]
    return (
        f"AUC {auc['point']:+.4f} [{auc['low']:+.4f}, {auc['high']:+.4f}], "
        f"log loss {loss['point']:+.4f} [{loss['low']:+.4f}, {loss['high']:+.4f}]: {difference['verdict']}"
    )


def _finding(one: Mapping[str, Any]) -> tuple[str, ...]:
    held = "" if one["low"] is None else f" [{one['low']:.4g}, {one['high']:.4g}]"
    beside = "" if one["beside"] is None else f"{one['beside']:.4g} {one['beside_what']}"
    return one["data"], one["what"], f"{one['value']:.4g}{held}", beside, one["words"]


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
