"""One path: what is read, what is decided, what is logged and what comes back."""

from dataclasses import asdict
from datetime import timedelta

from regua.records import Event, canonical
from regua.vocabulary import Channel, EventKind
from serving.deciding.pipeline import POLITE_TRIES


def test_every_answer_is_in_the_log_byte_for_byte(service):
    answers = service.pipeline.answer(["c0000001", "c0000002", "nobody"], service.clock.now())
    assert [answer.customer_id for answer in answers] == ["c0000001", "c0000002", "nobody"]
    for answer in answers:
        assert service.store.decision(answer.decision.decision_id).body == answer.body == answer.decision.to_json()


def test_the_canonical_bytes_are_those_of_the_whole_record(service):
    names = [f"c{number:07d}" for number in range(1, 60)]
    for answer in service.pipeline.answer(names, service.clock.now()):
        assert answer.body == canonical(asdict(answer.decision))


def test_a_journey_goes_on_from_day_to_day_and_nobody_is_contacted_beyond_the_policy_of_a_day(service):
    names = [f"c{number:07d}" for number in range(1, 200)]
    days: dict[str, list[int]] = {}
    for _ in range(8):
        contacts: list[list[str]] = [[] for _ in names]
        for hours in (4, 20):
            for place, decision in enumerate(service.pipeline.decide(names, service.clock.now())):
                contacts[place] += [decision.channel] if decision.channel else []
                if decision.journey:
                    days.setdefault(decision.customer_id, []).append(decision.journey.day)
            service.clock.move(timedelta(hours=hours))
        # One step a day, though asked in the morning and after noon.
        assert max(map(len, contacts)) <= 1
    assert any(max(seen) >= 5 for seen in days.values())
    assert all(seen == sorted(seen) for seen in days.values() if 0 not in seen[2:])


def test_asked_twice_a_day_one_step_is_taken_and_the_same_moment_gets_the_same_bytes(service):
    names = [f"c{number:07d}" for number in range(1, 120)]
    morning = service.clock.now()
    first = service.pipeline.answer(names, morning)
    planned = {answer.customer_id for answer in first if answer.decision.channel}
    assert len(planned) > 20
    assert [answer.body for answer in service.pipeline.answer(names, morning)] == [answer.body for answer in first]
    for answer in service.pipeline.answer(names, morning + timedelta(hours=5)):
        if answer.customer_id in planned:
            assert answer.decision.action == "nothing"
            # The small world's service messages also reach some who owe nothing; those are let go.
            codes = {reason.code for reason in answer.decision.reasons}
            assert codes & {"step_taken_today", "not_in_arrears"}


def test_whoever_meets_others_that_keep_changing_the_facts_keeps_them_away_and_is_answered(service, monkeypatch):
    read, reads = service.store.live, []

    def restless(customer_ids, since, moment, beside, **named):
        found = read(customer_ids, since, moment, beside, **named)
        reads.append(moment)
        if len(reads) <= POLITE_TRIES:
            service.store.record([event(f"e{len(reads)}", moment)])
        return found

    monkeypatch.setattr(service.store, "live", restless)
    (answer,) = service.pipeline.answer(["c0000001"], service.clock.now())
    assert len(reads) == POLITE_TRIES + 1
    assert service.store.decision(answer.decision.decision_id).body == answer.body
    assert service.store.count("decisions") == 1


def event(name, moment):
    return Event(name, EventKind.CONTACT_DELIVERED, "c0000001", moment, moment, channel=Channel.SMS)
