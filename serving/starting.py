"""How does a process begin that is there to answer? Without what only helps later, or not at all."""

import gc

from pydantic import BaseModel

MOST_YOUNG = 50_000
"""So many objects more are there before the collector looks for those that nobody reaches: what one turn makes goes by
itself, and a look at every 700 took a twentieth of the time of a service that is asked too much."""


def begin() -> None:
    """Begin, before anything large is imported.

    The collector rests: what is made at a start stays, so that it would walk through ever more of it and find nothing.
    Models of what is sent, answered and read are built when the first of their kind comes: a start needs few of them,
    and Pydantic lets one thread at a time build. LightGBM comes when it is asked, and alone.
    """
    gc.disable()
    BaseModel.model_config["defer_build"] = True
    from models import boosting

    boosting.answer_alone()


def begun() -> None:
    """Say that all is made that will stay: the collector goes to work, and never walks through that again."""
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.set_threshold(MOST_YOUNG)
    gc.enable()
