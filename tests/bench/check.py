"""The proofs: the shipped book, and a hundred generated journeys, from text to findings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from journeys.book import HOME, compile_book, sources
from journeys.proofs.check import AN_ORDINARY_DAY, Severity, check, check_sources, prove
from journeys.proofs.questions import Questions
from tests.bench.measure import Figure, seconds

STAGES = ((1, 15), (16, 30), (31, 60), (61, 90), (91, 180))
BANDS = ("risk_band", "self_cure_band")
GRADES = ("high", "medium", "low")
WAYS = (
    "[whatsapp/pay_link, sms/pay_link]",
    "[email/options, sms/barcode]",
    "[call/agent, whatsapp/plan_button]",
    "[email/social_norm, push/soft_nudge]",
)


def generated(count: int) -> dict[str, str]:
    """Write a sound book of ``count`` journeys: stages by bands by product, and one that takes the rest."""
    files: dict[str, str] = {}
    products = ("card", "personal_loan", "telecom", "utility", "retail_credit", "fine", "other")
    position = 0
    for product in products:
        for low, high in STAGES:
            for grade in GRADES:
                if position == count - 1:
                    break
                band = BANDS[position % 2]
                enter = f"product = '{product}' AND days_past_due BETWEEN {low} AND {high} AND {band} = '{grade}'"
                files[f"catalog/made/j{position}.yaml"] = _journey(position, enter, high, 500 + position)
                position += 1
    files["catalog/made/rest.yaml"] = _journey(position, "days_past_due >= 1", None, 900)
    return files


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Check the shipped book and a generated one; the first run of each, as a strategist waits for it."""
    shipped = check()
    spent = seconds(check, repeat=3)
    made = _book(customers or 100)
    report = check_sources(made)
    book = compile_book(made)
    questions = Questions(book)
    proved = seconds(lambda: list(prove(book, questions, AN_ORDINARY_DAY)))
    whole = seconds(lambda: check_sources(made))
    count = report.journeys
    return [
        Figure("shipped journeys", shipped.journeys, "journeys"),
        Figure("shipped book: read, rehearsed and proved", spent, "s"),
        Figure("shipped book: errors", len(shipped.of(Severity.ERROR)), "findings", goal="0"),
        Figure("shipped book: warnings", len(shipped.of(Severity.WARNING)), "findings"),
        Figure("shipped book: questions", shipped.questions, "questions"),
        Figure(f"{count} generated journeys: proved", proved, "s", goal="≤ 2 s"),
        Figure(f"{count} generated journeys: read and proved", whole, "s"),
        Figure(f"{count} generated journeys: questions", report.questions, "questions", report.solved, "solved by z3"),
        Figure(f"{count} generated journeys: errors", len(report.of(Severity.ERROR)), "findings", goal="0"),
    ]


def _book(count: int) -> Mapping[str, str]:
    shipped = {name: text for name, text in sources(HOME).items() if not name.startswith("catalog/")}
    return shipped | generated(count)


def _journey(position: int, enter: str, last_day: int | None, priority: int) -> str:
    steps = "".join(
        f"  - day: {day}\n    try: {WAYS[(position + day) % len(WAYS)]}\n"
        + ("    when: p_self_cure < 0.60 OR p_self_cure IS NULL\n" if day == 6 else "")
        for day in (0, 3, 6, 10)
    )
    return (
        f"journey: j{position}\nversion: 1\ntitle: {{pt-BR: j{position}, en: j{position}}}\npurpose: made\n"
        f"priority: {priority}\nenter: {enter}\nleave:\n  cured: balance_overdue = 0\n"
        + (f"  aged: days_past_due > {last_day}\n" if last_day else "")
        + f"  over: journey_day >= 28\nsteps:\n{steps}"
    )
