"""A decision sees one state of a customer's profile, also while another is being put online."""

import threading
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from features.catalog import VIEWS
from features.online import OnlineProfiles, layout
from features.packed_rows import PackedRows
from regua.settings import Settings

STAMP = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
NAMES = ["c1", "c2", "c3"]
EVERY_VIEW = tuple(VIEWS.values())


def put(rows, generation, views=EVERY_VIEW):
    """Write a profile of which every number says to which generation it belongs."""
    for view in views:
        packed = layout(view)
        keys = NAMES if view.key == "customer_id" else [f"k{name[1:]}" for name in NAMES]
        columns = {view.key: keys, "event_timestamp": pa.array([STAMP] * 3, pa.timestamp("us", "UTC"))}
        columns |= {name: [float(generation)] * 3 for name in packed.numbers}
        columns |= {name: [f"k{key[1:]}" for key in NAMES] for name in packed.texts}
        rows.prepare(view.name, packed)
        rows.write(view.name, packed, view.key, pa.table(columns))


def generations(profiles):
    """Return the generations that a read of everybody met, over all views and numbers."""
    read = profiles.read(NAMES, STAMP)
    assert read["has_profile"].all()
    names = [name for view in VIEWS.values() for name in layout(view).numbers]
    return set(np.unique(np.stack([read[name] for name in names])))


@pytest.fixture
def rows(tmp_path):
    """Rows of the first generation."""
    packed = PackedRows(Settings(home=tmp_path).feast / "online.db")
    with packed.writing():
        put(packed, 1)
    return packed


@pytest.fixture
def profiles(rows, tmp_path):
    """A reader of its own, as a service has it."""
    return OnlineProfiles(Settings(home=tmp_path))


def test_a_profile_that_is_being_put_online_is_not_seen_before_it_is_whole(rows, profiles, tmp_path):
    with rows.writing():
        put(rows, 2, EVERY_VIEW[:3])
        assert generations(profiles) == {1.0}
        assert generations(OnlineProfiles(Settings(home=tmp_path))) == {1.0}  # a service may start meanwhile
        put(rows, 2, EVERY_VIEW[3:])
    assert generations(profiles) == {2.0}


def test_a_profile_that_could_not_be_put_online_whole_leaves_the_earlier_one(rows, profiles):
    def fail():
        with rows.writing():
            put(rows, 2, EVERY_VIEW[:2])
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        fail()
    assert generations(profiles) == {1.0}
    put(rows, 3)
    assert generations(profiles) == {3.0}


def test_readers_in_several_threads_never_meet_two_profiles_in_one_answer(rows, profiles):
    met, done = [], threading.Event()

    def read():
        while not done.is_set():
            met.append(generations(profiles))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for generation in range(2, 22):
        with rows.writing():
            put(rows, generation)
    done.set()
    for reader in readers:
        reader.join()
    assert met
    assert {len(seen) for seen in met} == {1}
    assert len(set.union(*met)) > 1
