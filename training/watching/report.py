"""The watch as one page that opens anywhere: no script, no picture from elsewhere, nothing fetched."""

from dataclasses import replace
from pathlib import Path

from features import catalog
from journeys import guardrails
from models.stability import Shift
from regua.vocabulary import LANGUAGES
from training import pages
from training.judging import card
from training.watching.verdict import WORDS, Alarm
from training.watching.watch import Watch

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_SAID = _TEMPLATE.with_name("words.yaml")
_TWO_DIGITS = ("score_shift", "feature_shift")
_COLOURS = {"leave": "good", "wait": "calm", "recalibrate": "warn", "retrain": "bad"}


def html(watch: Watch, language: str = LANGUAGES[0]) -> str:
    """Draw the report in a language of the product."""
    return pages.render(
        _TEMPLATE,
        watch=watch,
        language=language,
        words=pages.Speech(language, pages.read(_SAID)),
        advice=lambda key: WORDS[key][language],
        colours=_COLOURS,
        alarm=lambda one: alarm(replace(one, subject=_subject(one, language)), language),
        model=lambda name: card.title(name, language),
        meaning=lambda name: catalog.by_name()[name].meaning[language],
        guardrail=lambda name: guardrails.REGISTER[name].WORDS[language] if name in guardrails.REGISTER else "",
        colour=lambda shift: _colour(shift, watch),
    )


def alarm(one: Alarm, language: str = "en") -> str:
    """Say an alarm in words.

    Examples
    --------
    >>> alarm(Alarm("discrimination", "roll_risk", 0.61, 0.70))
    'roll_risk ranks worse than at training: AUC 0.610, at least 0.700.'
    """
    words = pages.Speech(language, pages.read(_SAID)["alarm"])
    if one.code == "guardrail":
        found, allowed = words.share(one.found), words.share(one.allowed)
    else:
        found, allowed = (
            words.number(value, 2 if one.code in _TWO_DIGITS else 3) for value in (one.found, one.allowed)
        )
    return words.said(one.code, subject=one.subject, found=found, allowed=allowed)


def _subject(one: Alarm, language: str) -> str:
    """Name what is alarming as the rest of the page does."""
    return one.subject if one.code in ("feature_shift", "guardrail") else card.title(one.subject, language)


def _colour(shift: Shift, watch: Watch) -> str:
    given = watch.thresholds
    return "bad" if shift.exceeds(given.shift_act) else "warn" if shift.exceeds(given.shift_watch) else "good"
