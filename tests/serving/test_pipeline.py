"""One path: what is read, what is decided, what is logged and what comes back."""


def test_every_answer_is_in_the_log_byte_for_byte(service):
    answers = service.pipeline.answer(["c0000001", "c0000002", "nobody"], service.clock.now())
    assert [answer.customer_id for answer in answers] == ["c0000001", "c0000002", "nobody"]
    for answer in answers:
        assert service.store.decision(answer.decision.decision_id).body == answer.body == answer.decision.to_json()
