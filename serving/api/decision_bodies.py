"""What goes over the wire about decisions that were made: a list of them, and one told in words."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from regua.vocabulary import Channel
from regua.written_time import Instant
from serving.api.cursors import PageOut, PageQuery
from serving.happenings.reported import Identifier

_ID = "dec_fcb23c27b22d442f8c97b7203c"
_SHORT: dict[str, Any] = {
    "decision_id": _ID,
    "customer_id": "c0000001",
    "decided_at": "2026-03-04T13:00:00Z",
    "action": "whatsapp/pay_link",
    "channel": "whatsapp",
    "send_at": "2026-03-04T13:00:00Z",
    "journey": "early_digital",
    "release_id": "d4a8604e426b1258",
    "book_digest": "12" * 32,
    "is_erased": False,
}
_BARRIER = {"rule": "frequency", "text": "Contatos demais nesta semana.", "source": "policy br-bank, cap 7d"}
_EXPLANATION: dict[str, Any] = {
    "decision_id": _ID,
    "language": "pt-BR",
    "is_masked": False,
    "head": [{"name": "ação", "value": "whatsapp/pay_link"}],
    "why": [{"code": "WORTH_MOST", "text": "É o que mais vale a pena."}],
    "facts": [{"name": "days_past_due", "meaning": "Dias de atraso.", "value": "12", "is_masked": False}],
    "scores": [
        {
            "name": "p_roll",
            "value": "31,2%",
            "source": "d4a8604e426b1258",
            "reasons": [{"code": "DPD_HIGH", "text": "Está em atraso há doze dias."}],
        }
    ],
    "weighed": [
        {
            "action": "sms/pay_link",
            "worth": "R$ 3,10",
            "standing": "impedido",
            "arithmetic": "(9,0% − 6,0%) × R$ 180,00 = R$ 5,40; menos custo R$ 0,08 e dano R$ 0,40",
            "barriers": [_BARRIER],
        }
    ],
}


class DecisionsQuery(PageQuery):
    """Which decisions are listed; what is given narrows the list, and all of it together."""

    customer_id: Identifier | None = Field(None, description="Of this customer.")
    action: Annotated[str, StringConstraints(pattern="^[a-z0-9_]+(/[a-z0-9_]+)?$", max_length=128)] | None = Field(
        None, description="That came to this action, such as `nothing` or `sms/pay_link`."
    )
    channel: Channel | None = Field(None, description="That contact by this channel.")
    journey: Annotated[str, StringConstraints(pattern="^[a-z0-9_]+$", max_length=128)] | None = Field(
        None, description="Made in this journey."
    )
    since: Instant | None = Field(None, description="Decided at or after this instant.")
    until: Instant | None = Field(None, description="Decided before this instant.")


class DecisionShort(BaseModel):
    """One decision of a list; by its identifier it is read whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHORT]})

    decision_id: str
    customer_id: str
    decided_at: Instant
    action: str
    channel: str | None
    send_at: Instant | None
    journey: str | None
    release_id: str
    book_digest: str
    is_erased: bool = Field(description="What it says and was made on was erased with the person's key.")


class DecisionsListOut(PageOut[DecisionShort]):
    """A page of decisions, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [_SHORT], "has_more": False, "next_cursor": None}]}
    )


class Named(BaseModel):
    """A word and what stands behind it."""

    name: str
    value: str


class Coded(BaseModel):
    """A stable code and its sentence."""

    code: str
    text: str


class FactOut(BaseModel):
    """One feature as the decision saw it, in words; null where this caller's role may not be told."""

    name: str
    meaning: str
    value: str | None
    is_masked: bool


class ScoreOut(BaseModel):
    """One prediction, where it comes from, and of those that decided why it is what it is."""

    name: str
    value: str
    source: str
    reasons: list[Coded]


class BarrierOut(BaseModel):
    """A rule that stopped a candidate, with its source."""

    rule: str
    text: str
    source: str


class WeighedOut(BaseModel):
    """One candidate: its worth, how it fared, and the sum behind its worth."""

    action: str
    worth: str
    standing: str
    arithmetic: str | None = Field(description="Null where there is no sum, or where it would tell what is masked.")
    barriers: list[BarrierOut]


class ExplanationOut(BaseModel):
    """One decision in words: what was known, predicted, weighed and forbidden."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXPLANATION]})

    decision_id: str
    language: str
    is_masked: bool = Field(description="Money that a customer owes is not for this caller's role.")
    head: list[Named]
    why: list[Coded]
    facts: list[FactOut]
    scores: list[ScoreOut]
    weighed: list[WeighedOut]
