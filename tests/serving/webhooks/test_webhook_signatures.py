"""What we sign, the reference implementation of Standard Webhooks accepts; what was touched, it does not."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from regua.clock import SystemClock
from serving.webhooks.signing import OVERLAP, Secret, headers, new_secret, rotated

BODY = b'{"id":"per_1.open","data":{"city":"S\xc3\xa3o Paulo"}}'


def accepts(secret: str, signed: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, signed)
    except WebhookVerificationError:
        return False
    return True


@pytest.fixture
def now():
    return SystemClock().now()


def test_the_reference_verifier_accepts_every_message(now):
    for number in range(200):
        secret, body = new_secret(), b'{"number":%d}' % number
        assert accepts(secret, headers([Secret(secret)], f"msg_{number}", now, body), body)


def test_a_message_that_was_touched_in_any_part_is_refused(now):
    secret = new_secret()
    signed = headers([Secret(secret)], "msg_1", now, BODY)
    assert accepts(secret, signed)
    for at in range(len(BODY)):
        changed = bytes([BODY[at] ^ 1])
        try:
            assert not accepts(secret, signed, BODY[:at] + changed + BODY[at + 1 :])
        except UnicodeDecodeError:
            continue  # the verifier reads text: such a body never gets so far
    assert not accepts(secret, {**signed, "webhook-id": "msg_2"})
    later = str(int(signed["webhook-timestamp"]) + 1)
    assert not accepts(secret, {**signed, "webhook-timestamp": later})
    assert not accepts(new_secret(), signed)


def test_a_message_played_again_later_is_refused(now):
    secret = new_secret()
    assert not accepts(secret, headers([Secret(secret)], "msg_1", now - timedelta(minutes=6), BODY))


def test_for_a_day_after_a_rotation_either_secret_is_good_and_then_only_the_new_one(now):
    first = (Secret(new_secret()),)
    both = rotated(first, now - timedelta(hours=1))
    signed = headers(both, "msg_1", now, BODY)
    assert [accepts(secret.text, signed) for secret in (*both, *first)] == [True, True, True]
    over = rotated(first, now - OVERLAP)
    assert [accepts(secret.text, headers(over, "msg_1", now, BODY)) for secret in over] == [True, False]


def test_a_second_rotation_ends_the_oldest_secret_at_once(now):
    third = rotated(rotated((Secret(new_secret()),), now), now)
    assert len(third) == 2
