"""One self-contained page of a study: the advice, a Qini curve and the tenths of each treatment, and all figures."""

from collections.abc import Mapping
from html import escape
from typing import Any

_WIDTH, _HEIGHT, _EDGE = 520, 260, 44
_COLOURS = {
    "persuadable": "#1b7f5c",
    "sure_thing": "#4a78b5",
    "lost_cause": "#8a8a8a",
    "sleeping_dog": "#b3372f",
    "undecided": "#d9c27a",
}
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}.warning{color:#8a4b00}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}td,th{border-color:#444}}"""


def page(told: Mapping[str, Any]) -> str:
    """Write the page of a study told as plain data (:meth:`training.causal.study.Study.to_json`, and its table)."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>Uplift of {_word(told['outcome'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Uplift of {_word(told['outcome'])} in {_word(told['table'])}</h1>",
        f"<p>{told['rows']:,} rows of {told['customers']:,} customers, against {_word(told['control'])}. "
        "Effects were told of people the models had not seen; intervals are 95 %, customers drawn whole.</p>",
        "<ul>" + "".join(f"<li>{_word(line)}</li>" for line in told["advice"]) + "</ul>",
        "".join(f"<p class='warning'>{_word(line)}</p>" for line in told["warnings"]),
        _table(
            ("if everybody were given", "outcome a head", "95 %"),
            [(name, f"{one['value']:.4f}", _between(one)) for name, one in told["policies"].items()],
        ),
        *(_arm(arm) for arm in told["arms"].values()),
        "<p>Qini: area between the curve of outcomes won a head of the treated and the straight line to the average "
        "effect (Radcliffe 2007), without further scaling. Features: " + _word(", ".join(told["features"])) + ".</p>",
        "</body></html>",
    ]
    return "\n".join(parts)


def _arm(arm: Mapping[str, Any]) -> str:
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
    shares = "".join(
        f"<span class='key' style='background:{_COLOURS[name]}'></span>{name.replace('_', ' ')} {100 * share:.0f} %"
        for name, share in arm["groups"].items()
    )
    heads = ("learner", "Qini", "95 %", "chance 95 %", "p", "AUUC", "at 10 %", "at 20 %", "at 30 %")
    return (
        f"<h2>{_word(arm['arm'])}</h2><p>Average effect {arm['ate']['value']:+.4f} ({_between(arm['ate'])}).</p>"
        + _table(heads, learners)
        + _curve(arm["curve"])
        + f"<p>Groups: {shares}</p>"
        + _tenths(arm["tenths"])
    )


def _curve(curve: Mapping[str, Any]) -> str:
    low, high = min(0.0, *curve["gain"]), max(0.0, *curve["gain"])
    points = " ".join(
        f"{_across(share):.1f},{_up(gain, low, high):.1f}"
        for share, gain in zip(curve["share"], curve["gain"], strict=True)
    )
    line = f"{_across(0):.1f},{_up(0, low, high):.1f} {_across(1):.1f},{_up(curve['gain'][-1], low, high):.1f}"
    marks = "".join(
        f"<text x='{_across(share):.0f}' y='{_HEIGHT - 12}' text-anchor='middle'>{100 * share:.0f} %</text>"
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    marks += "".join(
        f"<text x='{_EDGE - 4}' y='{_up(at, low, high) + 4:.0f}' text-anchor='end'>{at:.3f}</text>"
        for at in (low, high)
    )
    return _drawn(
        f"<polyline points='{line}' stroke='#999' stroke-dasharray='4' fill='none'/>"
        f"<polyline points='{points}' stroke='#1b7f5c' stroke-width='2' fill='none'/>{marks}",
        "Qini curve: outcomes won a head, by share treated, against treating at random",
    )


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
            f"<rect x='{left + 3:.1f}' y='{top:.1f}' width='{step - 6:.1f}' height='{tall:.1f}' "
            f"fill='{_COLOURS[one['group']]}'/>"
            f"<path d='M{middle:.1f} {_up(effect['low'], low, high):.1f}V{_up(effect['high'], low, high):.1f}' "
            "stroke='currentColor'/>"
        )
    axis = f"<path d='M{_EDGE} {zero:.1f}H{_WIDTH - _EDGE}' stroke='#999'/>"
    ends = "".join(
        f"<text x='{_EDGE - 4}' y='{_up(at, low, high) + 4:.0f}' text-anchor='end'>{at:+.3f}</text>"
        for at in (low, high)
    )
    return _drawn("".join(bars) + axis + ends, "Effect of each tenth, from those said to gain most, with intervals")


def _drawn(inner: str, words: str) -> str:
    return (
        f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' width='{_WIDTH}' role='img' aria-label='{words}' font-size='11' "
        f"fill='currentColor'>{inner}</svg><p><small>{words}.</small></p>"
    )


def _across(share: float) -> float:
    return _EDGE + share * (_WIDTH - 2 * _EDGE)


def _up(value: float, low: float, high: float) -> float:
    return _HEIGHT - _EDGE + 10 - (value - low) / max(high - low, 1e-12) * (_HEIGHT - _EDGE - 14)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{_word(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{_word(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _between(one: Mapping[str, float]) -> str:
    return f"{one['low']:.4f} … {one['high']:.4f}"


def _word(text: object) -> str:
    return escape(str(text))
