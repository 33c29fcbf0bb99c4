"""The same small world the parity tests live in."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "regua_small_world", Path(__file__).parents[1] / "parity" / "conftest.py"
)
assert _SPEC
assert _SPEC.loader
_SHARED = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _SHARED
_SPEC.loader.exec_module(_SHARED)

world = _SHARED.world
service = _SHARED.service
