"""A decision sees one state of a customer's profile, also while another is being put online."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.catalog import VIEWS
from features.forgetting import forget
from features.online import OnlineProfiles, layout
from features.packed_rows import open_rows
from regua.errors import UnavailableError
from regua.settings import Settings
from serving.deciding.profiles import OnlineStore
from tests.redis_server import RedisServer, binary

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


@pytest.fixture(params=["sqlite", "redis"])
def settings(request, tmp_path):
    """A book that keeps its online rows in the home, or in Redis."""
    if request.param == "sqlite":
        return Settings(home=tmp_path)
    server = request.getfixturevalue("redis")
    return Settings(home=tmp_path, redis_url=server.url, portfolio=f"p{uuid4().hex}")


def rows_of(settings):
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    return open_rows(settings.feast / "online.db", url, settings.portfolio)


@pytest.fixture
def rows(settings):
    """Rows of the first generation."""
    with closing(rows_of(settings)) as packed:
        with packed.writing():
            put(packed, 1)
        yield packed


@pytest.fixture
def profiles(rows, settings):
    """A reader of its own, as a service has it."""
    with closing(OnlineProfiles(settings)) as reader:
        yield reader


def test_a_profile_that_is_being_put_online_is_not_seen_before_it_is_whole(rows, profiles, settings):
    with rows.writing():
        put(rows, 2, EVERY_VIEW[:3])
        assert generations(profiles) == {1.0}
        assert generations(OnlineProfiles(settings)) == {1.0}  # a service may start meanwhile
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


def test_a_writer_that_died_half_way_leaves_no_trace_in_redis(redis, tmp_path):
    settings = Settings(home=tmp_path, redis_url=redis.url, portfolio=f"p{uuid4().hex}")
    dead, other = rows_of(settings), rows_of(settings)
    with dead.writing():
        put(dead, 1)
    left = dead.writing()
    left.__enter__()
    put(dead, 2, EVERY_VIEW[:2])  # and nothing more is heard of it
    reader = OnlineProfiles(settings)
    assert generations(reader) == {1.0}
    with other.writing():
        put(other, 3, EVERY_VIEW[1:])
    with other.writing():
        put(other, 4)
    assert generations(reader) == {4.0}
    for one in (dead, other, reader):
        one.close()


def test_redis_that_does_not_answer_is_told_and_heals(tmp_path):
    server = RedisServer(binary())
    settings = Settings(home=tmp_path, redis_url=server.url)
    profiles = OnlineStore(settings)
    with pytest.raises(UnavailableError, match="ever put online"):
        profiles.read(NAMES, STAMP)
    server.kill()
    with pytest.raises(UnavailableError, match="Redis does not answer"):
        profiles.read(NAMES, STAMP)
    server.start()
    with closing(rows_of(settings)) as rows, rows.writing():
        put(rows, 5)
    assert profiles.read(NAMES, STAMP)["has_profile"].all()
    server.close()


def test_whoever_is_erased_leaves_the_online_rows_and_whoever_came_back_since_stays(rows, profiles, settings):
    contracts = settings.tables / "contracts" / "a.parquet"
    contracts.parent.mkdir(parents=True)
    pq.write_table(pa.table({"contract_id": ["k1", "k2"], "customer_id": ["c1", "c2"]}), contracts)
    hour = timedelta(hours=1)
    before = forget(settings, {"c1": STAMP + hour, "c2": STAMP - hour}).rows
    assert before > len(EVERY_VIEW)
    assert profiles.read(NAMES, STAMP)["has_profile"].tolist() == [0.0, 1.0, 1.0]
    for view in EVERY_VIEW:
        key = "c1" if view.key == "customer_id" else "k1"
        assert np.isnat(rows.read(view.name, layout(view), [key]).stamps).all()
    assert forget(settings, {"c1": STAMP + hour}).rows == 0
