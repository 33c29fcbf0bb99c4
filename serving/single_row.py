"""One row through many boosters at once: LightGBM's own single-row path, without its Python layers.

``Booster.predict`` spends most of a single row's time preparing it. The C interface keeps that preparation: the same
trees, the same bits, a tenth of the time.
"""

import ctypes
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from models.artifact import Artifact
from regua.columns import Numbers
from regua.errors import BundleError

if TYPE_CHECKING:
    import lightgbm

_RAW_SCORE, _FLOAT64, _EVERY_TREE = 1, 1, -1


class SingleRow:
    """Scores one row with the boosters of a release; threads take turns, since a prepared call is not shared.

    Parameters
    ----------
    artifacts
        The boosters; all that is not a booster is left out.
    """

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        self._calls = [(one, _Call(one.booster)) for one in artifacts if one.booster is not None]
        self._turn = threading.Lock()

    def scores(self, matrices: Mapping[Any, Numbers]) -> dict[str, Numbers]:
        """Return ``(1,)`` answers by score column, from the ``(1, features)`` matrix of each encoder."""
        found: dict[str, Numbers] = {}
        with self._turn:
            for artifact, call in self._calls:
                asked = artifact.asked(matrices[artifact.encoder])
                raw = call.raw(asked) if len(asked) == 1 else np.concatenate([call.raw(row) for row in asked])
                found |= artifact.read(raw)
        return found


class _Call:
    """One prepared call into LightGBM's library."""

    def __init__(self, booster: "lightgbm.Booster") -> None:
        from lightgbm.basic import _LIB

        self._library, self._booster = _LIB, booster
        self._prepared = ctypes.c_void_p()
        self._score, self._count = np.empty(1), ctypes.c_int64()
        self._out = self._score.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        self._checked(
            _LIB.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,
                ctypes.c_int(_RAW_SCORE),
                ctypes.c_int(0),
                ctypes.c_int(_EVERY_TREE),
                ctypes.c_int(_FLOAT64),
                ctypes.c_int32(booster.num_feature()),
                ctypes.c_char_p(b"num_threads=1"),
                ctypes.byref(self._prepared),
            )
        )

    def raw(self, matrix: Numbers) -> Numbers:
        """Return the ``(1,)`` log-odds of one row of consecutive float64."""
        self._checked(
            self._library.LGBM_BoosterPredictForMatSingleRowFast(
                self._prepared, ctypes.c_void_p(matrix.ctypes.data), ctypes.byref(self._count), self._out
            )
        )
        return self._score.copy()

    def __del__(self) -> None:
        if getattr(self, "_prepared", None):
            self._library.LGBM_FastConfigFree(self._prepared)

    def _checked(self, status: int) -> None:
        if status != 0:
            self._library.LGBM_GetLastError.restype = ctypes.c_char_p
            raise BundleError(
                f"LightGBM refused a row: {self._library.LGBM_GetLastError().decode()}", expected="a booster it knows"
            )
