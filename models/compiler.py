"""numba as a service needs it: without what it would take along, and without a hand on what others print.

To colour its errors numba swaps standard output and puts it back, also while it is imported and where it gives up on
its own. That is for a person at a console; beside other threads, what they print would go astray.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

from models import boosting

_BESIDE = ("scipy", "cffi")
"""What the compiler takes along at its first work, for products of matrices and foreign functions: not asked here."""
_UNCOLOURED = "NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING"


@contextmanager
def taken_up() -> Iterator[ModuleType]:
    """Give numba, and let what is imported meanwhile do without what it can do without in a process that answers."""
    leave_printing_alone()
    with boosting.sparing(_BESIDE):
        import numba

        yield numba


def leave_printing_alone() -> None:
    """Tell numba, before it or what takes it along (shap does) is first imported, to leave its errors uncoloured."""
    os.environ.setdefault(_UNCOLOURED, "1")


def is_possible() -> bool:
    """Say whether there is a compiler here: an image that only serves may do without one."""
    return find_spec("numba") is not None
