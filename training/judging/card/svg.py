"""Pictures in plain SVG: they open offline, print well, and follow the colours of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from regua.columns import Array, Numbers

WIDTH, HEIGHT = 360, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40
_SWARM_WIDTH, _SWARM_LEFT, _SWARM_ROW, _DOT = 760, 230, 22, 4
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the unit square; ``kind`` is a class of the page's style: main, second, thin or guide."""

    x: Numbers
    y: Numbers
    kind: str = "main"


@dataclass(frozen=True, slots=True)
class Dots:
    """Points over the unit square with the ends of their intervals."""

    x: Numbers
    y: Numbers
    low: Numbers
    high: Numbers


def chart(lines: Sequence[Line], *, x: str, y: str, label: str, dots: Dots | None = None) -> str:
    """Draw lines and dots over the unit square; ``x`` and ``y`` name the axes, ``label`` is read aloud.

    Examples
    --------
    >>> import numpy as np
    >>> drawn = chart([Line(np.array([0, 1]), np.array([0, 1]))], x="said", y="happened", label="a <line>")
    >>> drawn.startswith("<svg"), "a &lt;line&gt;" in drawn
    (True, True)
    """
    body = [_axes(x, y)]
    for line in lines:
        points = " ".join(f"{_across(px):.1f},{_up(py):.1f}" for px, py in zip(line.x, line.y, strict=True))
        body.append(f'<polyline class="{line.kind}" points="{points}"/>')
    if dots is not None:
        for px, py, low, high in zip(dots.x, dots.y, dots.low, dots.high, strict=True):
            body.append(
                f'<line class="range" x1="{_across(px):.1f}" x2="{_across(px):.1f}"'
                f' y1="{_up(low):.1f}" y2="{_up(high):.1f}"/>'
            )
            body.append(f'<circle class="dot" cx="{_across(px):.1f}" cy="{_up(py):.1f}" r="3.5"/>')
    return _framed(body, label)


def bars(first: Numbers, second: Numbers, *, x: str, y: str, label: str) -> str:
    """Draw pairs of shares side by side, then in the second colour now."""
    highest = max(float(first.max(initial=0)), float(second.max(initial=0)), 1e-9)
    wide = (WIDTH - _LEFT - _RIGHT) / max(len(first), 1)
    body = [_axes(x, y, highest)]
    for place, (before, now) in enumerate(zip(first, second, strict=True)):
        for side, share, kind in ((0.12, before, "before"), (0.5, now, "now")):
            left, top = _LEFT + (place + side) * wide, _up(share / highest)
            body.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{wide * 0.36:.1f}"'
                f' height="{max(_up(0) - top, 0):.1f}"/>'
            )
    return _framed(body, label)


def swarm(names: Sequence[str], adds: Numbers, height: Numbers, *, x: str, label: str) -> str:
    """Draw what each fact adds to each case: a row of dots a fact, coloured from low values to high.

    Parameters
    ----------
    names
        ``k`` facts, the strongest first.
    adds
        ``(n, k)`` what each adds to the score, left of the middle where it lowers it.
    height
        ``(n, k)`` rank of the value in [0, 1]; NaN where it is NULL.
    """
    furthest = float(np.quantile(np.abs(adds), 0.995)) or 1.0
    wide, tall = _SWARM_WIDTH, _SWARM_ROW * len(names) + 46
    middle = _SWARM_LEFT + (wide - _SWARM_LEFT - _RIGHT) / 2
    body = [f'<line class="grid" x1="{middle}" x2="{middle}" y1="8" y2="{tall - 38}"/>']
    dots: dict[str, list[str]] = {}
    for row, name in enumerate(names):
        up = 18 + row * _SWARM_ROW
        body.append(f'<text class="axis" x="{_SWARM_LEFT - 8}" y="{up + 3.5}" text-anchor="end">{escape(name)}</text>')
        across = middle + np.clip(adds[:, row] / furthest, -1, 1) * (middle - _SWARM_LEFT)
        shades = np.where(np.isnan(height[:, row]), "null", np.char.add("h", _fifths(height[:, row])))
        for px, py, shade in zip(across, up + _apart(across), shades, strict=True):
            dots.setdefault(str(shade), []).append(f"M{px:.0f} {py:.1f}h0")
    body += [f'<path class="swarm {shade}" d="{"".join(parts)}"/>' for shade, parts in sorted(dots.items())]
    for place, edge, anchor in (
        (_SWARM_LEFT, f"{-furthest:.2f}", "start"),
        (middle, "0", "middle"),
        (wide - _RIGHT, f"+{furthest:.2f}", "end"),
    ):
        body.append(f'<text class="tick" x="{place:.0f}" y="{tall - 24}" text-anchor="{anchor}">{edge}</text>')
    body.append(f'<text class="axis" x="{middle:.0f}" y="{tall - 6}" text-anchor="middle">{escape(x)}</text>')
    return _framed(body, label, wide, tall)


def _fifths(height: Numbers) -> Array:
    return np.clip(np.nan_to_num(height) * 5, 0, 4).astype(np.int64).astype(str)


def _apart(across: Numbers) -> Numbers:
    """Spread dots that would lie on each other, alternately up and down."""
    cell = np.round(across / _DOT).astype(np.int64)
    order = np.argsort(cell, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(cell[order])) + 1])
    turn = np.arange(len(cell)) - np.repeat(starts, np.diff(np.append(starts, len(cell))))
    apart = np.empty(len(cell))
    apart[order] = (turn + 1) // 2 * np.where(turn % 2, 1, -1) * _DOT / 2
    return np.clip(apart, -_SWARM_ROW / 2 + 1, _SWARM_ROW / 2 - 1)


def _framed(body: list[str], label: str, wide: int = WIDTH, tall: int = HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {wide} {tall}" role="img" aria-label="{escape(label, quote=True)}">'
        + "".join(body)
        + "</svg>"
    )


def _axes(x: str, y: str, highest: float = 1.0) -> str:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    parts = [f'<rect class="plot" x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{bottom - _TOP}"/>']
    for tick in _TICKS:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{_up(tick):.1f}" y2="{_up(tick):.1f}"/>')
        said = f"{tick * highest:.0%}"
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{_up(tick) + 3.5:.1f}" text-anchor="end">{said}</text>')
        if highest == 1.0:
            parts.append(
                f'<text class="tick" x="{_across(tick):.1f}" y="{bottom + 14}" text-anchor="middle">{said}</text>'
            )
    middle = (_LEFT + right) / 2
    parts.append(f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>')
    upright = f'transform="rotate(-90 10 {(_TOP + bottom) / 2})" x="10" y="{(_TOP + bottom) / 2}"'
    parts.append(f'<text class="axis" {upright} text-anchor="middle">{escape(y)}</text>')
    return "".join(parts)


def _across(share: float) -> float:
    return _LEFT + min(max(float(share), 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)


def _up(share: float) -> float:
    return HEIGHT - _BOTTOM - min(max(float(share), 0.0), 1.0) * (HEIGHT - _TOP - _BOTTOM)
