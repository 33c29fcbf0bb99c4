"""Forests as bytes: what was laid out once is laid out for the next start. Numbers alone, nothing that is executed."""

from collections.abc import Sequence
from dataclasses import fields
from io import BytesIO

import numpy as np

from models.walking import Forest

LAYOUT = 3
"""Raised when the same bytes would mean something else, or are walked another way: they are laid out and tried anew."""
_ARRAYS = tuple(field.name for field in fields(Forest))


def written(forests: Sequence[Forest]) -> bytes:
    """Write some forests."""
    content = BytesIO()
    for forest in forests:
        for name in _ARRAYS:
            np.save(content, getattr(forest, name), allow_pickle=False)
    return content.getvalue()


def read(content: bytes) -> list[Forest]:
    """Read forests that this program wrote: nothing of them is checked, and a walk trusts them.

    Raises
    ------
    ValueError
        The bytes end within a forest.
    """
    stream, forests = BytesIO(content), list[Forest]()
    while stream.tell() < len(content):
        forests.append(Forest(*(np.load(stream, allow_pickle=False) for _ in _ARRAYS)))
    return forests
