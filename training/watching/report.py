"""The watch as one page that opens anywhere: no script, no picture from elsewhere, nothing fetched."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.stability import Shift
from training.watching.verdict import WORDS, Alarm
from training.watching.watch import Watch

_HERE = Path(__file__).parent


def html(watch: Watch, language: str = "en") -> str:
    """Draw the report in ``pt-BR`` or ``en``."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    page = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, undefined=StrictUndefined)
    page.globals |= {"share": _share, "figure": _figure}

    def colour(shift: Shift) -> str:
        given = watch.thresholds
        return (
            "#b23a48"
            if shift.exceeds(given.shift_act)
            else "#b7791f"
            if shift.exceeds(given.shift_watch)
            else "#2f7d6d"
        )

    return page.get_template("report.html.j2").render(
        watch=watch,
        language=language,
        say=lambda key: str(_words()[key][language]),
        advice=lambda key: WORDS[key][language],
        alarm=lambda one: alarm(one, language),
        colour=colour,
    )


def alarm(one: Alarm, language: str = "en") -> str:
    """Say an alarm in words.

    Examples
    --------
    >>> alarm(Alarm("discrimination", "roll_risk", 0.61, 0.70))
    'roll_risk ranks worse than at training: AUC 0.610, at least 0.700.'
    """
    sentence: str = _words()["alarm"][one.code][language]
    return sentence.format(subject=one.subject, found=one.found, allowed=one.allowed)


def _share(value: float | None) -> str:
    return "–" if value is None or not isinstance(value, int | float) else f"{value:.1%}"


def _figure(value: float | None) -> str:
    return "–" if value is None or not isinstance(value, int | float) else f"{value:.3f}"


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((_HERE / "words.yaml").read_text("utf-8"))
    return words
