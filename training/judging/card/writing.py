"""Write a model's card: one page of HTML and one of Markdown in each language, and the facts as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.reasons import family_words
from regua.records import canonical
from regua.vocabulary import LANGUAGES
from training import pages
from training.examples import Examples
from training.judging.card import pictures
from training.judging.card.facts import About, gather
from training.judging.fairness import People
from training.judging.results import GateResult
from training.learned import Learned

WORDS = Path(__file__).with_name("words.yaml")
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
    drawn, told = pictures.compute(arms, periods or {}), pages.read(WORDS)
    folder.mkdir(parents=True, exist_ok=True)
    name = facts["model"]
    files = [folder / f"{name}.json"]
    files[0].write_bytes(canonical(facts) + b"\n")
    for language in LANGUAGES:
        words = pages.Speech(language, told["said"])
        shown = [] if drawn is None else pictures.draw(drawn, words.said, words.number, words.share)
        for kind in ("html", "md"):
            page = pages.render(
                WORDS.with_name(f"card.{kind}.j2"),
                facts=facts,
                words=words,
                language=language,
                model=told["models"][name],
                not_for=told["not_for"],
                pictures=shown,
                headline=_HEADLINE,
                page=f"{name}.{language}.html",
                named=lambda one: family_words(one)[language],  # noqa: B023 - rendered before the next language
            )
            files.append(folder / f"{name}.{language}.{kind}")
            files[-1].write_text(page, encoding="utf-8")
    return tuple(files)


def title(artifact: str, language: str) -> str:
    """Name a model as its card does; one of several arms names its arm too.

    Examples
    --------
    >>> title("roll_risk", "en"), title("uplift_voice", "pt-BR")
    ('Roll risk', 'Efeito do contato · voice')
    """
    models = pages.read(WORDS)["models"]
    name = next(name for name in models if artifact == name or artifact.startswith(f"{name}_"))
    arm = artifact.removeprefix(name).removeprefix("_").replace("_", " ")
    return str(models[name]["title"][language]) + (f" · {arm}" if arm else "")
