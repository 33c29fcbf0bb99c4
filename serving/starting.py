"""How does a process begin that is there to answer? Without what only helps later, or not at all."""

import gc

from models import boosting


def begin() -> None:
    """Begin, before anything large is imported: the collector rests, LightGBM comes when it is asked, and alone.

    What is made at a start stays, so that the collector would walk through ever more of it and find nothing.
    """
    gc.disable()
    boosting.answer_alone()


def begun() -> None:
    """Say that all is made that will stay: the collector goes to work, and never walks through that again."""
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()
