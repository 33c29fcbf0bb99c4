"""What a process that is there to answer does at its start, and what it does without."""

import gc

import pytest

from models import boosting
from serving import starting


@pytest.fixture
def collector():
    yield
    boosting._ANSWERS_ALONE.clear()
    gc.enable()
    gc.unfreeze()


def test_the_collector_rests_during_a_start_and_never_walks_through_what_was_made_then(collector):
    before = gc.get_freeze_count()
    starting.begin()
    assert not gc.isenabled()
    made = [[] for _ in range(1_000)]
    starting.begun()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)
