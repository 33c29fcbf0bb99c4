"""What says who somebody is does not come in: not as an identifier, not in a detail, and not into quarantine."""

from datetime import UTC, datetime

import pytest

from regua.errors import PersonalDataError
from serving.happenings.intake import take_in
from serving.happenings.reported import EventIn
from serving.privacy.identifying import masked, personal
from serving.store import Store
from serving.strict_json import validate

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
CPF, CARD, EMAIL, PHONE = "529.982.247-25", "4111 1111 1111 1111", "ana.lima@example.com.br", "+55 (11) 91234-5678"
SAID = {
    "cpf": (CPF, "52998224725", "crm_52998224725", "529 982 247-25", "５２９９８２２４７２５"),
    "cnpj": ("11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35"),
    "card": (CARD, "4111111111111111", "5555-5555-5555-4444", "378282246310005"),
    "email": (EMAIL, "<mailto:ana@b.co>"),
    "phone": (PHONE, "+5511912345678", "(11) 91234-5678"),
}
HARMLESS = (
    "c0000001",
    "dec_fcb23c27b22d442f8c97b7203c",
    "123e4567-e89b-12d3-a456-426614174000",
    "2026-03-04T13:00:00Z",
    "52998224724",
    "4111111111111112",
    "11111111111",
    "A-2026-0001",
    "pay_20260304_0001",
)


def told(**changes):
    event = {"event_id": "e1", "kind": "payment", "customer_id": "c1", "happened_at": "2026-03-04T12:00:00Z"}
    return event | {"amount_cents": 100} | changes


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts])
def test_what_says_who_somebody_is_is_known_for_it(kind, text):
    assert personal(text) == kind
    assert personal(masked(f"note: {text}, thanks")) is None


@pytest.mark.parametrize("text", HARMLESS)
def test_a_pseudonym_is_taken_as_it_is(text):
    assert personal(text) is None
    assert masked(text) == text


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": EMAIL},
        {"customer_id": "52998224725"},
        {"contract_id": CARD.replace(" ", "")},
        {"data": {"evidence": f"said on {PHONE} that he paid"}},
        {"data": {"notes": [{"holder": 52998224725}]}},
        {"data": {EMAIL: "x"}},
    ],
)
def test_an_event_with_personal_data_is_refused_and_what_is_kept_of_it_holds_none(changes, tmp_path):
    with Store(tmp_path / "log.db") as store:
        (report,) = take_in(store, [("file:1", told(**changes))], NOON)
        assert report.status == "refused"
        assert isinstance(report.problem, PersonalDataError)
        (kept,) = store.refused()
        said = " ".join((str(report), str(report.problem), kept.found, kept.expected or "", kept.raw.decode()))
        assert personal(said) is None
        assert store.count("events") == 0


def test_the_refusal_points_to_the_field():
    with pytest.raises(PersonalDataError) as refused:
        validate(EventIn, told(customer_id=CPF))
    assert refused.value.param == "/customer_id"
    assert "529" not in str(refused.value)
