"""How does a process begin that is there to answer? Without what only helps later, or not at all."""

import gc

from models import boosting


def begin() -> None:
    """Begin, before anything large is imported: the collector rests, and LightGBM comes without its companions.

    What is made at a start stays, so that the collector would walk through ever more of it and find nothing.
    """
    gc.disable()
    boosting.take_up_alone()


def begun() -> None:
    """Say that all is made that will stay: the collector goes to work, and never walks through that again."""
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()
