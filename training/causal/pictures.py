"""Two pictures of a treatment in plain SVG: what is won by treating some first, and whom it changes."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_WIDTH, _HEIGHT = 440, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 14, 40
_TICKS_WANTED = 4


def curve(told: Mapping[str, Any], x: str, label: str, at_random: str) -> str:
    """Draw a Qini curve over the straight line of treating at random; the area between is the Qini coefficient."""
    share, gain = told["share"], told["gain"]
    ticks = _ticks(min(0.0, *gain), max(0.0, *gain))
    low, high = ticks[0], ticks[-1]
    points = " ".join(f"{_across(px):.1f},{_up(py, low, high):.1f}" for px, py in zip(share, gain, strict=True))
    start, end = f"{_across(0):.1f},{_up(0, low, high):.1f}", f"{_across(1):.1f},{_up(gain[-1], low, high):.1f}"
    return _framed(
        [
            _grid(ticks),
            *_shares(),
            f"<polygon style='fill:var(--main);opacity:.14' points='{points} {end} {start}'/>",
            f"<polyline class='guide' points='{start} {end}'/>",
            f"<polyline points='{points}'/>",
            f"<text x='{_across(0.97):.0f}' y='{_up(gain[-1], low, high) + 16:.0f}' text-anchor='end'>"
            f"{escape(at_random)}</text>",
            _named(x),
        ],
        label,
    )


def tenths(told: Sequence[Mapping[str, Any]], x: str, label: str) -> str:
    """Draw the effect of each tenth with its interval, coloured by its group; a ring is what was predicted."""
    ends = [one["effect"][end] for one in told for end in ("low", "high")] + [one["predicted"] for one in told]
    ticks = _ticks(min(0.0, *ends), max(0.0, *ends))
    low, high = ticks[0], ticks[-1]
    body = [
        _grid(ticks),
        f"<line class='grid' style='stroke:var(--soft)' x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' {_level(0, low, high)}/>",
    ]
    for place, one in enumerate(told):
        across = _across((place + 0.5) / len(told))
        effect, group = one["effect"], escape(one["group"])
        from_, to = _up(effect["low"], low, high), _up(effect["high"], low, high)
        body += [
            f"<line class='{group}' style='stroke:currentColor;stroke-width:3;opacity:.5' x1='{across:.1f}' "
            f"x2='{across:.1f}' y1='{from_:.1f}' y2='{to:.1f}'/>",
            f"<circle class='{group}' cx='{across:.1f}' cy='{_up(effect['value'], low, high):.1f}' r='5'/>",
            f"<circle style='fill:var(--paper);stroke:var(--ink)' cx='{across:.1f}' "
            f"cy='{_up(one['predicted'], low, high):.1f}' r='2.6'/>",
            f"<text x='{across:.1f}' y='{_HEIGHT - 24}' text-anchor='middle'>{place + 1}</text>",
        ]
    return _framed([*body, _named(x)], label)


def interval(one: Mapping[str, float], low: float, high: float) -> str:
    """Draw one estimate with its interval on a scale that its neighbours share."""
    wide = 180

    def across(value: float) -> float:
        return 6 + (value - low) / max(high - low, 1e-12) * (wide - 12)

    ends = f"x1='{across(one['low']):.1f}' x2='{across(one['high']):.1f}'"
    dot = f"<circle class='dot' cx='{across(one['value']):.1f}' cy='8' r='4'/>"
    line = f"<line class='range' style='stroke-width:3' {ends} y1='8' y2='8'/>"
    return f"<svg style='width:{wide}px' viewBox='0 0 {wide} 16' aria-hidden='true'>{line}{dot}</svg>"


def _ticks(low: float, high: float) -> list[float]:
    """Choose round numbers from at most ``low`` to at least ``high``.

    Examples
    --------
    >>> [round(tick, 3) for tick in _ticks(-0.012, 0.047)]
    [-0.02, 0.0, 0.02, 0.04, 0.06]
    """
    from math import ceil, floor, log10

    rough = max(high - low, 1e-9) / _TICKS_WANTED
    unit = 10.0 ** floor(log10(rough))
    step = unit * next(one for one in (1, 2, 5, 10) if one * unit >= rough - 1e-12)
    return [place * step for place in range(floor(low / step), ceil(high / step) + 1)]


def _grid(ticks: Sequence[float]) -> str:
    low, high = ticks[0], ticks[-1]
    decimals = max(0, min(6, len(f"{ticks[1] - ticks[0]:.6f}".rstrip("0").partition(".")[2])))
    return "".join(
        f"<line class='grid' x1='{_LEFT}' x2='{_WIDTH - _RIGHT}' {_level(tick, low, high)}/>"
        f"<text x='{_LEFT - 6}' y='{_up(tick, low, high) + 3.5:.1f}' text-anchor='end'>"
        f"{tick + 0.0:.{decimals}f}</text>"
        for tick in ticks
    )


def _shares() -> list[str]:
    return [
        f"<text x='{_across(share):.1f}' y='{_HEIGHT - 24}' text-anchor='middle'>{share:.0%}</text>"
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]


def _named(x: str) -> str:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return f"<text class='axis' x='{middle}' y='{_HEIGHT - 6}' text-anchor='middle'>{escape(x)}</text>"


def _framed(body: Sequence[str], label: str) -> str:
    head = f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-label='{escape(label, quote=True)}'>"
    return head + "".join(body) + "</svg>"


def _level(value: float, low: float, high: float) -> str:
    return f"y1='{_up(value, low, high):.1f}' y2='{_up(value, low, high):.1f}'"


def _across(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _up(value: float, low: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - (value - low) / max(high - low, 1e-12) * (_HEIGHT - _TOP - _BOTTOM)
