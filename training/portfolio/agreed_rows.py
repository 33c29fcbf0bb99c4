"""Show arrangements, their instalments and signals as rows of the canonical tables."""

import numpy as np
import pyarrow as pa

from regua.columns import Array
from regua.vocabulary import SignalKind
from training.portfolio import arrangements, naming
from training.portfolio.log import Log
from training.portfolio.offer_terms import KINDS
from training.portfolio.rows import dates, instants, owned_by, words
from training.portfolio.state import State

SIGNALS = (SignalKind.ARRANGEMENT_MISSED,)


def tables(state: State, log: Log, offers: tuple[str, ...]) -> dict[str, pa.Table]:
    """Return the tables that arrangements add rows to; ``offers`` are the names of the world's offers."""
    names = pa.array(offers, pa.string())
    return {
        "arrangements": _arrangements(state, log.last_rows("arrangements", "contract", "at"), names),
        "arrangement_instalments": _instalments(state, log.last_rows("instalments", "contract", "at", "position")),
        "signals": _signals(state, log.last_rows("signals", "contract", "at", "kind")),
    }


def _arrangement_ids(contract_ids: pa.Array, at: Array) -> pa.Array:
    return naming.joined(contract_ids, "-a", naming.text(at // 60_000_000))


def _arrangements(state: State, rows: dict[str, Array], offers: pa.Array) -> pa.Table:
    owned, at = owned_by(state, rows), instants(rows["at"])
    via = naming.channel_letters(rows["via"])
    return pa.table(
        {
            "arrangement_id": _arrangement_ids(owned["contract_id"], rows["at"]),
            **owned,
            "contact_id": naming.joined(owned["contract_id"], "-", naming.text(rows["day"]), "-", via),
            "offer": offers.take(pa.array(rows["offer"])),
            "kind": words(KINDS, rows["kind"]),
            "total_cents": pa.array(rows["total"]),
            "entry_cents": pa.array(rows["entry"], mask=rows["entry"] == 0),
            "instalments": pa.array(rows["count"].astype(np.int32)),
            "first_due_on": dates(rows["first"]),
            "resolution": words(arrangements.RESOLUTIONS, rows["resolution"]),
            "resolved_at": instants(rows["resolved"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _instalments(state: State, rows: dict[str, Array]) -> pa.Table:
    owned, at = owned_by(state, rows), instants(rows["at"])
    arrangement_ids = _arrangement_ids(owned["contract_id"], rows["at"])
    return pa.table(
        {
            "instalment_id": naming.joined(arrangement_ids, "-", naming.text(rows["position"] + 1)),
            "arrangement_id": arrangement_ids,
            **owned,
            "due_on": dates(rows["due"]),
            "amount_cents": pa.array(rows["amount"]),
            "paid_at": instants(rows["paid"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _signals(state: State, rows: dict[str, Array]) -> pa.Table:
    owned, at, kind = owned_by(state, rows), instants(rows["at"]), words(SIGNALS, rows["kind"])
    minute = naming.text(rows["at"] // 60_000_000)
    return pa.table(
        {
            "signal_id": naming.joined(owned["contract_id"], "-s", minute, "-", kind),
            **owned,
            "kind": kind,
            "cleared_at": instants(rows["cleared"]),
            "happened_at": at,
            "known_at": at,
        }
    )
