"""Closed words are written into books, bits and logs: their order and spelling are promises."""

from regua import vocabulary
from regua.vocabulary import ARREARS_BUCKETS, BUCKET_FLOORS, HOLD_BIT, HoldKind


def test_each_hold_has_one_bit_and_old_bits_never_move():
    assert [HOLD_BIT[kind] for kind in HoldKind] == [1 << position for position in range(len(HoldKind))]
    assert [
        HOLD_BIT[HoldKind(name)] for name in ("cease_all", "promise_pending", "suspect_invoice", "placed_with_agency")
    ] == [
        1,
        1 << 4,
        1 << 18,
        1 << 19,
    ]
    # All holds together still fit a float64 column exactly.
    assert sum(HOLD_BIT.values()) < 2**53


def test_buckets_and_their_floors_agree():
    assert len(ARREARS_BUCKETS) == len(BUCKET_FLOORS)
    assert list(BUCKET_FLOORS) == sorted(BUCKET_FLOORS)
    assert [int(bucket.split("-")[0]) for bucket in ARREARS_BUCKETS[1:-1]] == list(BUCKET_FLOORS[1:-1])


def test_no_word_is_written_twice_within_its_set():
    sets = [
        kind for kind in vars(vocabulary).values() if isinstance(kind, type) and kind.__module__ == vocabulary.__name__
    ]
    assert sets
    for kind in sets:
        assert all(word.value == word.value.strip().lower() or "-" in word.value for word in kind)
        assert len({word.value for word in kind}) == len(kind.__members__)
