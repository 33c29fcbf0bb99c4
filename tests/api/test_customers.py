"""A customer as the service sees one: shown to those who may, freed from contacts, and erased."""

from datetime import timedelta

import orjson

ANA, BIA = "c0000001", "c0000002"


def decide(client, *customers):
    answer = client.post("/v1/decisions", json={"customer_ids": list(customers)})
    assert answer.status_code == 200, answer.text
    return {one["customer_id"]: one["decision"] for one in answer.json()["results"]}


def test_somebody_erased_is_nobody_the_service_knows(service, crm):
    before = decide(crm, ANA, BIA)
    assert "no_profile" not in {reason["code"] for reason in before[ANA]["reasons"]}
    service.store.subjects.erase(ANA, service.clock.now(), "officer")
    service.clock.move(timedelta(minutes=1))
    after = decide(crm, ANA)
    assert after[ANA]["action"] == "nothing"
    assert "no_profile" in {reason["code"] for reason in after[ANA]["reasons"]}
    gone = crm.get(f"/v1/decisions/{before[ANA]['decision_id']}")
    assert (gone.status_code, gone.json()["code"]) == (410, "erased")
    assert crm.get(f"/v1/decisions/{before[BIA]['decision_id']}").content == orjson.dumps(
        before[BIA], option=orjson.OPT_SORT_KEYS
    )
    assert service.store.verify() is None
