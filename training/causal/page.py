"""One self-contained page of a study: the advice, a Qini curve and the tenths of each treatment, and all figures."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from training import pages

_TEMPLATE = Path(__file__).with_name("page.html.j2")
_WIDTH, _HEIGHT, _EDGE = 400, 240, 48


def page(told: Mapping[str, Any]) -> str:
    """Write the page of a study told as plain data (:meth:`training.causal.study.Study.to_json`, and its table)."""
    return pages.render(
        _TEMPLATE,
        language="en",
        told=told,
        policies=[(name, f"{one['value']:.4f}", _between(one)) for name, one in told["policies"].items()],
        arms=[_arm(arm) for arm in told["arms"].values()],
    )


def _arm(arm: Mapping[str, Any]) -> Mapping[str, Any]:
    learners = [
        (
            f"{name} *" if name == arm["chosen"] else name,
            f"{one['qini']['value']:.4f}",
            _between(one["qini"]),
            f"{one['chance_95']:.4f}",
            f"{one['p_value']:.3f}",
            f"{one['auuc']['value']:.4f}",
            *(f"{one[f'uplift_at_{share}']['value']:.4f}" for share in (10, 20, 30)),
        )
        for name, one in arm["learners"].items()
    ]
    return {
        "name": arm["arm"],
        "effect": f"{arm['ate']['value']:+.4f} ({_between(arm['ate'])})",
        "learners": learners,
        "curve": _curve(arm["curve"]),
        "tenths": _tenths(arm["tenths"]),
        "groups": list(arm["groups"].items()),
    }


def _curve(curve: Mapping[str, Any]) -> str:
    low, high = min(0.0, *curve["gain"]), max(0.0, *curve["gain"])
    points = " ".join(
        f"{_across(share):.1f},{_up(gain, low, high):.1f}"
        for share, gain in zip(curve["share"], curve["gain"], strict=True)
    )
    line = f"{_across(0):.1f},{_up(0, low, high):.1f} {_across(1):.1f},{_up(curve['gain'][-1], low, high):.1f}"
    marks = "".join(
        f'<text x="{_across(share):.0f}" y="{_HEIGHT - 12}" text-anchor="middle">{100 * share:.0f} %</text>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    body = f'<polyline class="guide" points="{line}"/><polyline points="{points}"/>{marks}{_ends(low, high, ".3f")}'
    return _drawn(body, "Qini curve")


def _tenths(tenths: list[dict[str, Any]]) -> str:
    low = min(0.0, *(one["effect"]["low"] for one in tenths))
    high = max(0.0, *(one["effect"]["high"] for one in tenths))
    step = (_WIDTH - 2 * _EDGE) / len(tenths)
    zero = _up(0, low, high)
    bars = []
    for place, one in enumerate(tenths):
        effect, left = one["effect"], _EDGE + step * place
        top = min(_up(effect["value"], low, high), zero)
        tall = abs(_up(effect["value"], low, high) - zero)
        middle = left + step / 2
        bars.append(
            f'<rect class="{escape(one["group"])}" x="{left + 3:.1f}" y="{top:.1f}" width="{step - 6:.1f}" '
            f'height="{tall:.1f}"/><path class="axis" '
            f'd="M{middle:.1f} {_up(effect["low"], low, high):.1f}V{_up(effect["high"], low, high):.1f}"/>'
        )
    axis = f'<path class="grid" d="M{_EDGE} {zero:.1f}H{_WIDTH - _EDGE}"/>'
    return _drawn("".join(bars) + axis + _ends(low, high, "+.3f"), "Effect of each tenth")


def _ends(low: float, high: float, form: str) -> str:
    """Write the least and the most at the left edge."""
    return "".join(
        f'<text x="{_EDGE - 4}" y="{_up(at, low, high) + 4:.0f}" text-anchor="end">{at:{form}}</text>'
        for at in (low, high)
    )


def _drawn(inner: str, words: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">{inner}</svg>'


def _across(share: float) -> float:
    return _EDGE + share * (_WIDTH - 2 * _EDGE)


def _up(value: float, low: float, high: float) -> float:
    return _HEIGHT - _EDGE + 10 - (value - low) / max(high - low, 1e-12) * (_HEIGHT - _EDGE - 14)


def _between(one: Mapping[str, float]) -> str:
    return f"{one['low']:.4f} … {one['high']:.4f}"
