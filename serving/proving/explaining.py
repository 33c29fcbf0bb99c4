"""One decision told in full: what was known, what was predicted and why, what was weighed, what was forbidden."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from features import catalog
from journeys.book import Book
from journeys.book.economy import THOUSAND
from journeys.guardrails import REGISTER
from journeys.kernel import decide
from journeys.language.fields import FAMILIES
from models import reasons
from regua.clock import utc
from regua.columns import number, text
from regua.records import Reason
from regua.vocabulary import CHANNELS, NOTHING, Channel
from serving.deciding.inputs import Inputs
from serving.proving.replay import Replayer
from serving.scoring.scorer import ANSWERS_OF, ARTIFACT_OF, Scorer
from serving.store import Store

HIGHLIGHTS: tuple[str, ...] = (
    "days_past_due",
    "customer_balance_overdue_cents",
    "invoices_overdue",
    "max_days_past_due_12m",
    "on_time_share_12m",
    "days_since_last_payment",
    "has_open_promise",
    "promises_broken_365d",
    "has_open_dispute",
    "has_paid_claim",
    "attempts_7d",
    "days_since_last_contact",
    "read_share_90d",
    "contact_points_valid",
    "days_to_pay_day",
)
"""What a person asks about first."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One feature as the decision saw it; ``value`` None is NULL."""

    name: str
    kind: str
    value: float | str | None
    meaning: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """One prediction, what kind it is of, where it comes from (a model or a prior), and for those that decided, why."""

    name: str
    value: float | None
    answers: str
    source: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """The arithmetic behind the worth of one candidate.

    ``effect × collectible - outlay - harm``, rounded once, is ``value_cents``. The effect is ``response -
    response_if_left_alone``, or the effect of the channel's family where that is below zero and lower. Outlay and harm
    stand per thousand contacts, since a push costs less than a cent.
    """

    action: str
    response: float
    response_if_left_alone: float
    effect: float
    collectible_cents: int
    gain_cents: int
    outlay_per_thousand_cents: int
    harm_per_thousand_cents: int
    value_cents: int


@dataclass(frozen=True, slots=True)
class Barrier:
    """A rule that stopped a candidate: its words and its source."""

    rule: str
    words: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one decision. ``decision`` is the logged body as it is."""

    decision: Mapping[str, Any]
    profile_at: str | None
    facts: tuple[Fact, ...]
    scores: tuple[Score, ...]
    journey_title: Mapping[str, str] | None
    journey_steps: int
    sums: tuple[Sum, ...]
    barriers: Mapping[str, tuple[Barrier, ...]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def explain(store: Store, replayer: Replayer, decision_id: str) -> Explanation:
    """Tell one decision in full, from the log, the book and the release it was made with.

    Exact Shapley reasons are computed here, on demand, for the risk of rolling and for the model that decided: that
    of the chosen channel, or of leaving in peace.

    Raises
    ------
    NotFoundError
        No such decision.
    BundleError
        The release that scored it is not here any more.
    """
    row = store.decision(decision_id)
    body = orjson.loads(row.body)
    book, scorer = replayer.book(row.book_digest), replayer.scorer(row.release_id)
    inputs = Inputs.unpack(replayer.shape(row.shape_digest), [row.inputs])
    journey = book.journey(body["journey"]["name"]).written if body["journey"] else None
    moment = utc(datetime.fromisoformat(body["decided_at"]))
    again = decide({**inputs.columns, **scorer.score(inputs.columns)}, book, moment)
    kept_share = float(again.segments["kept_share"][0])
    return Explanation(
        decision=body,
        profile_at=inputs.columns["profile_at"][0],
        facts=_facts(inputs),
        scores=_scores(body, inputs, scorer),
        journey_title=journey.title.both() if journey else None,
        journey_steps=len(journey.steps) if journey else 0,
        sums=tuple(_sum(action, body, inputs, book, kept_share) for action in _weighed(body)),
        barriers={one["action"]: tuple(map(_barrier, one["blocked_by"])) for one in body["alternatives"]},
    )


def _facts(inputs: Inputs) -> tuple[Fact, ...]:
    known = catalog.by_name()
    facts = []
    for name in HIGHLIGHTS:
        if name in known and name in inputs.columns:
            value = inputs.columns[name][0]
            facts.append(Fact(name, known[name].kind, None if value != value else float(value), known[name].meaning))
    return tuple(facts)


def _scores(body: Mapping[str, Any], inputs: Inputs, scorer: Scorer) -> tuple[Score, ...]:
    deciding = {"p_roll", f"p_response_{body['channel'] or NOTHING}"}
    told = []
    for name, value in body["scores"].items():
        artifact = scorer.bundle.models.get(ARTIFACT_OF[name]) if scorer.bundle else None
        is_prior = artifact is None or artifact.kind == "prior"
        why: tuple[Reason, ...] = ()
        if artifact is not None and not is_prior and name in deciding and value is not None:
            (why,) = reasons.explain(artifact, inputs.columns).reasons()
        told.append(Score(name, value, ANSWERS_OF[name], "prior" if is_prior else scorer.release_id, why))
    return tuple(told)


def _weighed(body: Mapping[str, Any]) -> list[str]:
    """Name the actions there is a sum for: a message that is owed goes out without one, where no response is asked."""
    worth = {one["action"]: one["value_cents"] for one in body["alternatives"]}
    if body["channel"]:
        worth[body["action"]] = body["value_cents"]
    asked = [action for action, value in worth.items() if action != NOTHING and value is not None]
    return [action for action in asked if body["scores"].get(_response_to(action)) is not None]


def _response_to(action: str) -> str:
    return f"p_response_{action.partition('/')[0]}"


def _sum(action: str, body: Mapping[str, Any], inputs: Inputs, book: Book, kept_share: float) -> Sum:
    channel = action.partition("/")[0]
    position, economy = CHANNELS.index(Channel(channel)), book.economy
    response, alone = body["scores"][_response_to(action)], body["scores"][f"p_response_{NOTHING}"]
    known = inputs.columns
    balance, mean_invoice = (
        number(known, "customer_balance_overdue_cents"),
        number(known, "invoice_amount_mean_6m_cents"),
    )
    # An offer that rides with the message gives up its part of what a response brings.
    products = economy.products.codes(text(known, "product"))
    collectible = kept_share * float(economy.collectible(balance, products, mean_invoice)[0])
    attempts = float(known["attempts_7d"][0])
    burden = 1.0 + economy.harm_growth * (0.0 if attempts != attempts else attempts)
    uplift = body["scores"].get(f"uplift_{FAMILIES[economy.families[position]]}")
    effect = response - alone if uplift is None or uplift >= 0 else min(response - alone, uplift)
    gain, outlay = effect * collectible, float(economy.outlay[position])
    price = known.get(f"price_{channel}_cents")
    outlay += 0.0 if price is None or math.isnan(price[0]) else float(price[0])
    harm = float(economy.harm[position]) * burden
    harm = max(harm, (body["scores"].get("p_complaint") or 0.0) * economy.complaint_cost)
    return Sum(
        action=action,
        response=response,
        response_if_left_alone=alone,
        effect=effect,
        collectible_cents=round(collectible),
        gain_cents=round(gain),
        outlay_per_thousand_cents=round(outlay * THOUSAND),
        harm_per_thousand_cents=round(harm * THOUSAND),
        value_cents=round(gain - outlay - harm),
    )


def _barrier(rule: str) -> Barrier:
    guardrail = REGISTER[rule]
    return Barrier(rule, guardrail.WORDS, guardrail.SOURCE)
