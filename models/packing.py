"""Numbers in JSON, to the last bit and in little room: float64, column by column, compressed, in base64."""

import base64
import zlib
from typing import Any

import numpy as np

from regua.columns import Numbers

_MOST_BYTES = 64 * 1_024 * 1_024


def pack(numbers: Numbers) -> dict[str, Any]:
    """Pack an array; the same numbers give the same text.

    Examples
    --------
    >>> unpack(pack(np.array([[1.0, np.nan], [0.1, -0.0]])))
    array([[ 1. ,  nan],
           [ 0.1, -0. ]])
    """
    # Columns hold like numbers, and like bytes of them side by side shrink most.
    octets = np.ascontiguousarray(numbers.T, "<f8").view(np.uint8).reshape(-1, 8).T.tobytes()
    return {"shape": list(numbers.shape), "float64": base64.b64encode(zlib.compress(octets, 6)).decode()}


def unpack(packed: Any) -> Numbers:
    """Return the array that was packed; plain lists are taken as they are.

    Raises
    ------
    ValueError
        The text is not whole, or holds another number of numbers than it says.
    """
    if isinstance(packed, list):
        return np.array(packed, np.float64)
    shape = [int(one) for one in packed["shape"]]
    reader = zlib.decompressobj()
    try:
        octets = reader.decompress(base64.b64decode(packed["float64"], validate=True), _MOST_BYTES)
    except zlib.error as problem:
        raise ValueError(f"packed numbers cannot be read: {problem}") from problem
    if len(octets) != 8 * int(np.prod(shape)) or min(shape, default=0) < 0:
        raise ValueError(f"{len(octets)} bytes where {shape} numbers should be")
    flat = np.frombuffer(octets, np.uint8).reshape(8, -1).T.copy().view("<f8").reshape(shape[::-1])
    return np.ascontiguousarray(flat.T, np.float64)
