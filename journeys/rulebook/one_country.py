"""One country of the holidays library, without the two hundred others that it would import along."""

import sys
from importlib.util import find_spec
from threading import Lock
from types import ModuleType

_COUNTRIES = "holidays.countries"
_TURN = Lock()


def take_up(country: str) -> None:
    """Import a country of the library by its code, alone; unless all are there already, or the library has none such.

    Importing any of them imports the package they lie in, and that imports them all: half of what a first decision
    takes. While this one is imported an empty package stands in its place; later the whole one may still be imported.
    """
    import holidays

    loader = getattr(holidays, country, None)
    with _TURN:
        if loader is None or _COUNTRIES in sys.modules:
            return
        spec = find_spec(_COUNTRIES)
        if spec is None:
            return
        empty = ModuleType(_COUNTRIES)
        empty.__path__ = spec.submodule_search_locations or []
        sys.modules[_COUNTRIES] = empty
        try:
            loader.get_entity()
        finally:
            del sys.modules[_COUNTRIES]
