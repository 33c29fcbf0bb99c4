"""What a process that is there to answer does at its start, and what it does without."""

import gc

import pytest
from pydantic import BaseModel

from models import boosting
from serving import starting


@pytest.fixture
def begun_here():
    yield
    boosting._ANSWERS_ALONE.clear()
    BaseModel.model_config.pop("defer_build", None)
    gc.enable()
    gc.unfreeze()


def test_the_collector_rests_during_a_start_and_never_walks_through_what_was_made_then(begun_here):
    before = gc.get_freeze_count()
    starting.begin()
    assert not gc.isenabled()
    made = [[] for _ in range(1_000)]
    starting.begun()
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(made)


def test_what_is_sent_and_answered_is_built_when_the_first_of_its_kind_comes(begun_here):
    starting.begin()

    class Sent(BaseModel):
        count: int

    assert not Sent.__pydantic_complete__
    assert Sent.model_validate_json(b'{"count": 3}').count == 3
    assert Sent.__pydantic_complete__
