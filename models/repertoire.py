"""The repertoire as one page: every model's question, of whom it is asked, and where its answer is used."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.base import ModelSpec

_ANSWERS = {
    "probability": "a calibrated chance",
    "effect": "a difference of chances, or nothing where nobody was shown to differ",
    "curve": "shares that grow over the months",
    "slots": "an hour of the day, or nothing where no hour was shown to be better",
}
_ASKED_OF = {
    "arrears": "customers in arrears",
    "before_due": "customers with a bill due within a week and nothing overdue",
    "open_promise": "customers with a promise open",
    "in_arrangement": "customers in an arrangement",
}


def described(spec: ModelSpec) -> dict[str, Any]:
    """Return what a definition says, as plain data."""
    return {
        "model": spec.name,
        "target": spec.target,
        "observation": spec.observation,
        "window_days": [spec.gap_days, spec.window_days],
        "answers": _ANSWERS[spec.answers],
        "asked_of": _ASKED_OF[spec.asked_of],
        "used_by": spec.used_by,
        "arms": list(spec.arms),
        "scores": list(dict.fromkeys(name for arm in spec.each_arm for name in spec.score_columns(arm))),
        "features": len(spec.features),
        "rises_with": [name for name, direction in spec.monotone.items() if direction > 0],
        "falls_with": [name for name, direction in spec.monotone.items() if direction < 0],
        "excluded_holds": [str(kind) for kind in spec.excluded_holds],
        "priors": {arm: one.probability for arm, one in spec.prior.items()},
        "prior_source": next(iter(spec.prior.values())).source,
        "prior_status": next(iter(spec.prior.values())).status,
    }


def markdown(specs: Mapping[str, ModelSpec]) -> str:
    """Write the page kept in ``docs/models.md``."""
    return "\n".join([*_HEAD, *(line for spec in specs.values() for line in _section(described(spec)))]) + "\n"


_HEAD = (
    "# The models",
    "",
    "Written by `regua models --markdown`; a test holds this page to the definitions. What a model *is* stands in",
    "`models/<name>.py`, where its cases come from in `training/cases/<name>.py`, how a book learns it in a plan",
    "(`training/plans/default.yaml`). Sex, age and other protected attributes never predict: only the fairness report",
    "reads them.",
    "",
)


def _section(told: Mapping[str, Any]) -> Iterator[str]:
    begins, ends = told["window_days"]
    yield f"## {told['model']}"
    yield ""
    yield f"*{told['target'][0].upper()}{told['target'][1:]}.*"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| learned from | {told['observation']} |"
    yield f"| outcome watched | from day {begins} to day {ends} |"
    yield f"| answers | {told['answers']}: {_listed(told['scores'])} |"
    yield f"| asked of | {told['asked_of']} |"
    yield f"| used by | {told['used_by']} |"
    yield f"| facts | {told['features']}" + _directions(told) + " |"
    if told["excluded_holds"]:
        yield f"| not asked under | {', '.join(told['excluded_holds']).replace('_', ' ')} |"
    yield f"| before there is data | {_prior(told)} |"
    yield ""


def _directions(told: Mapping[str, Any]) -> str:
    parts = [
        f"; can only {word} with {_listed(told[key])}"
        for word, key in (("rise", "rises_with"), ("fall", "falls_with"))
        if told[key]
    ]
    return "".join(parts)


def _prior(told: Mapping[str, Any]) -> str:
    rates = sorted(set(told["priors"].values()))
    level = f"{rates[0]:.1%}" if len(rates) == 1 else f"{rates[0]:.1%} to {rates[-1]:.1%}"
    return f"{level} ({told['prior_status']}: {told['prior_source']})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
