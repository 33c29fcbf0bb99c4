"""Lists over HTTP: sent once or twice, followed, read as they grow, and given up."""

from datetime import timedelta

import orjson
import pytest

from regua.clock import utc
from serving.jobs import files as job_files
from serving.jobs import work_off

JOBS = "/v1/decision-jobs"
NDJSON = {"content-type": "application/x-ndjson"}
LIST = b'{"customer_id":"c0000001"}\n{"customer_id":"c0000002"}\n{"customer_id":}\n'


@pytest.fixture
def worked(service):
    def work():
        return work_off(service, utc(service.clock.now()) + timedelta(days=1))

    return work


def sent(client, content=LIST, key=None, **query):
    return client.post(JOBS, content=content, params=query, headers=NDJSON | ({"Idempotency-Key": key} if key else {}))


def test_a_list_is_sent_followed_and_read(crm, worked):
    answer = sent(crm)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["state"], job["lines"], job["lines_done"]) == ("queued", 3, 0)
    assert crm.get(f"{JOBS}/{job['job_id']}/results").content == b""
    worked()
    done = crm.get(f"{JOBS}/{job['job_id']}").json()
    assert (done["state"], done["decided"], done["refused"]) == ("done", 2, 1)
    results = crm.get(f"{JOBS}/{job['job_id']}/results")
    assert results.headers["content-type"] == "application/x-ndjson"
    assert results.headers["content-disposition"] == f'attachment; filename="{job["job_id"]}.ndjson"'
    lines = results.content.splitlines()
    told = orjson.loads(lines[0])
    read = crm.get(f"/v1/decisions/{told['decision']['decision_id']}")
    assert lines[0].endswith(b'"decision":' + read.content + b"}"), "the very bytes of the decision"
    assert [orjson.loads(line)["status"] for line in lines] == ["decided", "decided", "refused"]


def test_the_same_key_opens_one_job_and_another_list_under_it_is_refused(crm, service):
    first, second = sent(crm, key="k1"), sent(crm, key="k1")
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(service.store.jobs.in_states(["queued"])) == 1
    other = sent(crm, LIST[:27], key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert not list((service.settings.home / "jobs" / "main" / "arriving").iterdir())


def test_a_list_too_long_or_empty_or_of_another_kind_is_refused(crm, monkeypatch):
    assert crm.post(JOBS, json={"customer_ids": ["c1"]}).status_code == 415
    assert sent(crm, b"\n").status_code == 422
    assert sent(crm, shape="dbase").status_code == 422
    monkeypatch.setattr(job_files, "MOST_LINES", 2)
    answer = sent(crm)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_job_given_up_is_gone(crm, worked):
    job_id = sent(crm).json()["job_id"]
    assert crm.delete(f"{JOBS}/{job_id}").json()["state"] == "deleted"
    worked()
    for method, path in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
        assert crm.request(method, f"{JOBS}/{job_id}{path}").status_code == 404


def test_salesforce_plans_come_in_and_go_out_under_their_own_names(crm, worked):
    plans = [
        {"Id": "a0X01", "AccountId": "c0000001", "FinancialAccountId": "k9", "CurrentDueAmount": 189.9},
        {"Id": "a0X02", "AccountId": "c0000002", "ClosedDate": "2026-02-01"},
        {"Id": "a0X03", "AccountId": "c0000003", "CurrentDueAmount": 0},
        {"Id": "a0X04", "AccountId": "c0000004", "CurrentDueAmount": 1.005},
        {"Id": "a0X05", "AccountId": "c0000005", "OwnerId": "0055e", "DaysPastDue": 3},
    ]
    job = sent(crm, b"\n".join(map(orjson.dumps, plans)), shape="collection_plan").json()
    worked()
    found = [orjson.loads(line) for line in crm.get(f"{JOBS}/{job['job_id']}/results").content.splitlines()]
    assert [one["status"] for one in found] == ["decided", "refused", "refused", "refused", "decided"]
    assert [one["problem"]["param"] for one in found[1:3]] == ["/ClosedDate", "/CurrentDueAmount"]
    assert "two decimals" in found[3]["problem"]["expected"]
    record = found[0]["record"]
    assert (record["Id"], record["AccountId"], record["FinancialAccountId"]) == ("a0X01", "c0000001", "k9")
    decision = crm.get(f"/v1/decisions/{record['ReguaDecisionId__c']}").json()
    assert record["ReguaAction__c"] == decision["action"]
    assert record["ReguaReasons__c"].split(";") == [one["code"] for one in decision["reasons"]]
