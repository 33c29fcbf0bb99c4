"""Write a model's card."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.examples import Examples
from training.judging.card.facts import About
from training.judging.gates import GateResult
from training.learned import Learned


def write(
    folder: Path,  # noqa: ARG001
    arms: Sequence[Learned],  # noqa: ARG001
    gates: Mapping[str, Sequence[GateResult]],  # noqa: ARG001
    about: About,  # noqa: ARG001
    *,
    train: Mapping[str, Examples] | None = None,  # noqa: ARG001
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
        Learning cases by arm, for the picture of how scores moved; left out where there are none.

    Returns
    -------
    ``<model>.json``, ``<model>.pt-BR.html``, ``<model>.pt-BR.md``, ``<model>.en.html``, ``<model>.en.md``.
    """
    return ()
