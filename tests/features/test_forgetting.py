"""Whoever was erased leaves the files of the home; whoever came back since keeps what is new."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from features.forgetting import Forgotten, forget, held
from regua.settings import Settings

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
EARLIER, LATER = (pa.scalar(NOON.replace(tzinfo=None) + step, pa.timestamp("us")) for step in
                  (-timedelta(days=1), timedelta(days=1)))  # fmt: skip


def written(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def test_the_rows_of_somebody_erased_leave_every_file(tmp_path):
    home = Settings(home=tmp_path)
    times = pa.array([EARLIER.as_py(), LATER.as_py(), EARLIER.as_py()], pa.timestamp("us"))
    written(home.tables / "payments" / "a.parquet", customer_id=["ana", "ana", "bia"], known_at=times)
    written(home.tables / "contracts" / "a.parquet", contract_id=["k1", "k2"], customer_id=["ana", "bia"])
    written(home.profiles / "contract_arrears" / "a.parquet", contract_id=["k1", "k2"], days_past_due=[3, 4])
    written(home.quarantine / "payments.parquet", raw=['{"customer_id": "ana"}', '{"customer_id": "bia"}'])
    home.feast.mkdir()
    with sqlite3.connect(home.feast / "online.db") as online:
        online.execute("CREATE TABLE layouts (view TEXT PRIMARY KEY, layout BLOB)")
        online.execute("INSERT INTO layouts VALUES ('customer_context', x'')")
        online.execute("CREATE TABLE customer_context (key TEXT PRIMARY KEY, stamp INTEGER) WITHOUT ROWID")
        online.execute("INSERT INTO customer_context VALUES ('ana', 1), ('bia', 1)")
    online.close()
    assert sum(rows for _, rows in held(home, ["ana"])) == 3
    assert forget(home, {"ana": NOON}).rows == 5
    kept = pq.read_table(home.tables / "payments" / "a.parquet")
    assert kept["customer_id"].to_pylist() == ["ana", "bia"]
    assert kept["known_at"][0].as_py() == LATER.as_py()
    assert pq.read_table(home.profiles / "contract_arrears")["contract_id"].to_pylist() == ["k2"]
    assert pq.read_table(home.quarantine / "payments.parquet")["raw"].to_pylist() == ['{"customer_id": "bia"}']
    with sqlite3.connect(home.feast / "online.db") as online:
        assert online.execute("SELECT key FROM customer_context").fetchall() == [("bia",)]
    online.close()
    assert forget(home, {"ana": NOON}) == Forgotten(0, 0)
