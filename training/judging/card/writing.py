"""Write a model's card: one page of HTML and one of Markdown in each language, and the facts as JSON."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.reasons import family_words
from regua.records import canonical
from regua.vocabulary import LANGUAGES
from training.examples import Examples
from training.judging.card import pictures
from training.judging.card.facts import About, gather
from training.judging.fairness import People
from training.judging.results import GateResult
from training.learned import Learned

WORDS = Path(__file__).with_name("words.yaml")
_LOCALES = {"pt-BR": "pt_BR", "en": "en"}
_TWO_DIGITS = ("auc", "ks", "slope")
_HEADLINE = ("auc", "ks", "ece", "slope", "brier", "log_loss")


def write(
    folder: Path,
    arms: Sequence[Learned],
    gates: Mapping[str, Sequence[GateResult]],
    about: About,
    *,
    train: Mapping[str, Examples] | None = None,
    people: People | None = None,
    periods: Mapping[str, tuple[Examples, Examples]] | None = None,
) -> tuple[Path, ...]:
    """Write the card of one model: facts as JSON, and HTML and Markdown in both languages.

    Parameters
    ----------
    folder
        Where the five files go; made where it is missing.
    arms
        All arms of the model, or its only one.
    gates
        Results by artifact name.
    about
        What all cards of a training share.
    train
        Learning cases by arm, to say whose and of when they are.
    people
        Sex and year of birth by customer, for the fairness table.
    periods
        Everybody's cases of the learning and of the test period by arm, for the picture of how scores moved; see
        :func:`training.judging.gates.periods_of`. Left out where there are none.

    Returns
    -------
    ``<model>.json``, ``<model>.pt-BR.html``, ``<model>.pt-BR.md``, ``<model>.en.html``, ``<model>.en.md``.
    """
    facts = gather(arms, gates, about, train or {}, people)
    drawn = pictures.compute(arms, periods or {})
    folder.mkdir(parents=True, exist_ok=True)
    name = facts["model"]
    files = [folder / f"{name}.json"]
    files[0].write_bytes(canonical(facts) + b"\n")
    for language in LANGUAGES:
        words = _Language(language)
        shown = [] if drawn is None else pictures.draw(drawn, words.said, words.number, words.share)
        for kind in ("html", "md"):
            page = (
                _templates()
                .get_template(f"card.{kind}.j2")
                .render(
                    facts=facts,
                    words=words,
                    language=language,
                    model=_words()["models"][name],
                    not_for=_words()["not_for"],
                    pictures=shown,
                    headline=_HEADLINE,
                    page=f"{name}.{language}.html",
                )
            )
            files.append(folder / f"{name}.{language}.{kind}")
            files[-1].write_text(page.strip() + "\n", encoding="utf-8")
    return tuple(files)


class _Language:
    """How one language says headings, numbers, shares and days."""

    def __init__(self, language: str) -> None:
        self.language, self.locale = language, _LOCALES[language]

    def said(self, key: str, **figures: str) -> str:
        """Return a text of ``words.yaml``; a key it lacks is its own name, as codes of a book may be."""
        texts = _words()["said"].get(key)
        return str(texts[self.language]).format(**figures) if texts else key.replace("_", " ")

    def family(self, name: str) -> str:
        """Name a family of facts."""
        return family_words(name)[self.language]

    def number(self, value: float | None, digits: int = 3) -> str:
        """Write a figure; a dash where there is none."""
        from babel.numbers import format_decimal

        # What answers otherwise than with a chance has other figures: one it lacks is a dash too.
        if not isinstance(value, int | float):
            return "–"
        return str(format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", locale=self.locale))

    def share(self, value: float | None) -> str:
        """Write a share of one as a percentage."""
        from babel.numbers import format_percent

        return "–" if not isinstance(value, int | float) else str(format_percent(value, "#,##0.0%", locale=self.locale))

    def between(self, figure: Mapping[str, Any], name: str) -> str:
        """Write the interval of a figure, empty where none is known."""
        low, high = figure.get(f"{name}_low"), figure.get(f"{name}_high")
        return "" if low is None or high is None else f"{self.figure(name, low)} … {self.figure(name, high)}"

    def figure(self, name: str, value: float | None) -> str:
        """Write a measure with as many digits as it deserves."""
        return self.number(value, 2 if name in _TWO_DIGITS else 3)

    def estimate(self, found: Mapping[str, float] | None) -> str:
        """Write a figure with its interval."""
        if found is None:
            return self.said("too_few")
        return f"{self.number(found['point'])} ({self.number(found['low'])} … {self.number(found['high'])})"

    def day(self, iso: str) -> str:
        """Write a day as the language does."""
        from datetime import date

        from babel.dates import format_date

        return str(format_date(date.fromisoformat(iso[:10]), "long", locale=self.locale))


@cache
def _words() -> Mapping[str, Any]:
    words: Mapping[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words


@cache
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
