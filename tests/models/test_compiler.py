"""What the compiler does to the process it is taken up in: nothing that others notice."""

import importlib.metadata
import subprocess
import sys

import numpy as np

from models import compiler

WATCHED = """
import sys, types

class Watched(types.ModuleType):
    def __setattr__(self, name, value):
        if name in ("stdout", "stderr"):
            swapped.append(name)
        super().__setattr__(name, value)

swapped = []
sys.__class__ = Watched
from models import compiler, leading
leading.compiled()
with compiler.taken_up() as numba:
    try:
        numba.njit(lambda: "a" + 1)()
    except numba.errors.TypingError:
        print(swapped)
"""


def test_the_compiler_leaves_standard_output_to_those_who_print_beside_it():
    assert importlib.metadata.version("colorama"), "numba colours with it, and only then is there anything to leave"
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["[]"], done.stderr


def test_what_is_compiled_says_what_python_says():
    with compiler.taken_up() as numba:
        doubled = numba.njit(lambda facts: facts.sum() * 2)
    assert doubled(np.arange(4.0)) == 12.0
