"""What a house reads off its channels reaches every decision, is logged with it, and is there when it is replayed."""

from collections import Counter
from datetime import timedelta

import orjson
import pytest

from journeys.book.readings import FILE
from regua.errors import DataError
from serving.deciding.inputs import Inputs

NAMES = [f"c{number:07d}" for number in range(1, 120)]


@pytest.fixture
def readings(service):
    """Write a reading of each channel; it is gone again after the test, for other tests share the house."""
    path = service.pipeline.settings.home / FILE

    def write(**channels):
        path.write_bytes(orjson.dumps({"as_of": service.clock.now().isoformat(), "channels": channels}))

    yield write
    path.unlink(missing_ok=True)


def test_nothing_is_sent_by_a_channel_that_fails_and_a_replay_knows_why(service, readings):
    moment = service.clock.now()
    before = Counter(str(one.channel) for one in service.pipeline.decide(NAMES, moment) if one.channel)
    used = before.most_common(1)[0][0] if before else "sms"
    readings(**{used: {"sent": 10_000, "delivered": 0}})
    after = service.pipeline.answer(NAMES, moment + timedelta(minutes=1))
    assert used not in {str(answer.decision.channel) for answer in after}
    inputs, _ = service.pipeline.inputs(NAMES[:2], moment + timedelta(minutes=1))
    assert inputs.columns[f"health_{used}"].tolist() == [1.0, 1.0]
    again = Inputs.unpack(inputs.shape, [packed.content for packed in inputs.pack()])
    assert again.columns[f"health_{used}"].tolist() == [1.0, 1.0]


def test_a_reading_nobody_can_understand_stops_the_run_and_says_where(service, readings):
    readings(sms={"sent": 1, "delivered": 2})
    with pytest.raises(DataError, match=r"channels\.sms"):
        service.pipeline.decide(NAMES[:1], service.clock.now())
