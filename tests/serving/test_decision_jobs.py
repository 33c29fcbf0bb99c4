"""A list of customers, decided about in the background: the same decisions, once each, whatever breaks in between."""

from datetime import timedelta
from itertools import count

import orjson

from serving.jobs import JobFiles, work_off
from serving.jobs.taking import take

REQUESTS = count()
LATER = timedelta(days=1)


def names(numbers):
    return [f"c{number:07d}" for number in numbers]


def asked(customer_ids):
    return b"".join(orjson.dumps({"customer_id": name}) + b"\n" for name in customer_ids)


def given(service, content, key=None):
    files = JobFiles(service.settings, service.store.portfolio)
    with files.receive() as received:
        received.add(content)
        return take(service, received, client="crm", by="crm", key=key, request_id=f"r{next(REQUESTS)}")


def results(service, job_id):
    job = service.store.jobs.one(job_id)
    files = JobFiles(service.settings, service.store.portfolio)
    return [orjson.loads(line) for line in b"".join(files.results(job)).splitlines()]


def test_a_job_decides_as_the_api_does(service):
    wanted = names(range(1, 30))
    job = given(service, asked(wanted))
    work_off(service, service.clock.now() + LATER)
    found = results(service, job.job_id)
    assert [one["line"] for one in found] == list(range(1, 30))
    assert service.store.jobs.one(job.job_id).state == "done"
    told = {one["customer_id"]: orjson.dumps(one["decision"]) for one in found}
    again = service.decide(wanted)  # at the same moment, on the same facts: the bytes that are in the log
    assert told == {name: orjson.dumps(orjson.loads(body)) for name, body in again.items()}
