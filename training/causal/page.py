"""One self-contained page of a study: the advice, a Qini curve and the tenths of each treatment, and all figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training import pages
from training.causal import pictures
from training.causal.advice import TARGETED
from training.causal.words import say as say_in

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def page(told: Mapping[str, Any], language: str = "en") -> str:
    """Write the page of a study told as plain data (:meth:`training.causal.study.Study.to_json`, and its table)."""

    def say(key: str, **values: Any) -> str:
        return say_in(key, language, **values)

    ends = [one[end] for one in told["policies"].values() for end in ("low", "high")]

    def tenths(all_of_them: Sequence[Mapping[str, Any]]) -> str:
        return pictures.tenths(all_of_them, say("tenths_axis"), say("tenths"))

    return pages.render(
        _TEMPLATE,
        language=language,
        told=told,
        say=say,
        named=lambda name: say("by_predicted_effect") if name == TARGETED else name,
        scale=lambda one: pictures.interval(one, min(ends), max(ends)),
        curve=lambda one: pictures.curve(one, say("share_treated"), say("curve"), say("at_random")),
        tenths=tenths,
        between=lambda one: f"{one['low']:.4f} … {one['high']:.4f}",
    )
