"""One row through many boosters at once: LightGBM's own single-row path, without its Python layers.

``Booster.predict`` spends most of a single row's time preparing it. The C interface keeps that preparation: the same
trees, the same bits, a tenth of the time. What the boosters ask is read from the columns once for all of them, each is
asked where its row lies, and what they say is turned into chances together.
"""

import ctypes
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from models import curve
from models.artifact import Artifact
from regua.columns import Columns, Numbers
from regua.errors import BundleError
from serving.scoring.facts import Facts

if TYPE_CHECKING:
    import lightgbm

_RAW_SCORE, _FLOAT64, _EVERY_TREE = 1, 1, -1
_POINTER_BYTES = 8


class SingleRow:
    """Scores one row with the boosters of a release; threads take turns, since a prepared call is not shared.

    Parameters
    ----------
    artifacts
        The boosters; all that is not a booster is left out.
    """

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        boosters = [one for one in artifacts if one.booster is not None]
        self._facts = Facts(dict.fromkeys(one.encoder for one in boosters))
        self._questions = {
            key: _Question(self._facts.places[key[0]], is_curve=key[1])
            for key in dict.fromkeys((one.encoder, one.answers == "curve") for one in boosters)
        }
        asked = [self._questions[one.encoder, one.answers == "curve"] for one in boosters]
        self._raw = np.empty(sum(question.height for question in asked))
        self._calls: list[_Call] = []
        self._curves: list[tuple[Artifact, slice]] = []
        self._straight: list[tuple[Artifact, int]] = []
        place = 0
        for artifact, question in zip(boosters, asked, strict=True):
            self._calls.append(_Call(artifact.booster, question, self._raw, place))
            if question.height == 1:
                self._straight.append((artifact, place))
            else:
                self._curves.append((artifact, slice(place, place + question.height)))
            place += question.height
        self._turn = threading.Lock()

    def scores(self, columns: Columns) -> dict[str, Numbers]:
        """Return ``(1,)`` answers by score column, of the one row of some columns.

        Raises
        ------
        DataError
            A column holds an infinity, or words where numbers belong.
        """
        if not self._calls:
            return {}
        facts = self._facts.read(columns, 1)[0]
        with self._turn:
            for question in self._questions.values():
                question.put(facts)
            for call in self._calls:
                call.ask()
            raw = self._raw.copy()
        return self._read(raw)

    def _read(self, raw: Numbers) -> dict[str, Numbers]:
        """Turn what was said into scores as :meth:`models.artifact.Artifact.read` does, the chances all at once."""
        odds = np.array(
            [np.interp(raw[place], one.calibration.raw, one.calibration.logit) for one, place in self._straight]
        )
        chances = 1.0 / (1.0 + np.exp(-odds))
        found = {
            one.score_columns[0]: (odds if one.answers == "effect" else chances)[at : at + 1]
            for at, (one, _) in enumerate(self._straight)
        }
        for one, places in self._curves:
            found |= one.read(raw[places])
        return found


class _Question:
    """The row, or the rows, that boosters of one layout are asked, always in the same place of memory."""

    def __init__(self, places: "np.ndarray[Any, np.dtype[np.intp]]", *, is_curve: bool) -> None:
        self._places = places
        self.rows = np.zeros((1, len(places)))
        if is_curve:
            self.rows = np.ascontiguousarray(curve.asked(self.rows))
        self.height, self.width = self.rows.shape
        self._first = self.rows[0, : len(places)]
        self._others = self.rows[1:, : len(places)]

    def put(self, facts: Numbers) -> None:
        """Lay out the facts of a row."""
        facts.take(self._places, out=self._first, mode="clip")
        if self.height > 1:
            self._others[:] = self._first


class _Call:
    """One prepared call into LightGBM's library: where it reads and where it writes is settled once."""

    def __init__(self, booster: "lightgbm.Booster", question: _Question, out: Numbers, place: int) -> None:
        from lightgbm.basic import _LIB

        self._library, self._booster, self._question, self._out = _LIB, booster, question, out
        self._prepared, self._count = ctypes.c_void_p(), ctypes.c_int64()
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
        if booster.num_feature() != question.width:
            raise BundleError(
                f"a booster of {booster.num_feature()} features is asked {question.width}",
                expected="as many as its body names",
            )
        self._predict = _LIB.LGBM_BoosterPredictForMatSingleRowFast
        row, answer = question.rows.ctypes.data, out.ctypes.data + _POINTER_BYTES * place
        self._asked = [
            (
                self._prepared,
                ctypes.c_void_p(row + _POINTER_BYTES * question.width * at),
                ctypes.byref(self._count),
                ctypes.cast(answer + _POINTER_BYTES * at, ctypes.POINTER(ctypes.c_double)),
            )
            for at in range(question.height)
        ]

    def ask(self) -> None:
        """Let the booster say the log-odds of each of its rows."""
        for asked in self._asked:
            if self._predict(*asked):
                self._checked(-1)

    def __del__(self) -> None:
        if getattr(self, "_prepared", None):
            self._library.LGBM_FastConfigFree(self._prepared)

    def _checked(self, status: int) -> None:
        if status != 0:
            self._library.LGBM_GetLastError.restype = ctypes.c_char_p
            raise BundleError(
                f"LightGBM refused a row: {self._library.LGBM_GetLastError().decode()}", expected="a booster it knows"
            )
