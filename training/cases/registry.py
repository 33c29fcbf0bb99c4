"""Where the cases of each model are found: in the module of this package that bears its name.

A model has one file here, ``training/cases/<model>.py``, with a function ``cases`` and, where the profile must be known
first, a function ``complete``.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType, ModuleType

from models import SPECS
from training.cases.case import CasesOf, Complete

_MODULES: Mapping[str, ModuleType] = MappingProxyType({name: import_module(f"training.cases.{name}") for name in SPECS})

CASES: Mapping[str, CasesOf] = MappingProxyType({name: module.cases for name, module in _MODULES.items()})
"""How to find the cases of each model."""

COMPLETE: Mapping[str, Complete] = MappingProxyType(
    {name: module.complete for name, module in _MODULES.items() if hasattr(module, "complete")}
)
"""What is left to do for some models once the profile of each case is known."""
