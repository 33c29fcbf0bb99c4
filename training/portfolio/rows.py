"""Show the simulator's whole numbers as rows of the canonical tables."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regua.columns import Array
from regua.vocabulary import NOTHING, HoldKind
from training.portfolio import claims, contacting, naming, paying, promises
from training.portfolio.bills import CODES
from training.portfolio.channels import CHANNELS
from training.portfolio.days import NO_TIME, first_of_month
from training.portfolio.log import ERROR_KINDS, Log
from training.portfolio.luck import Whole
from training.portfolio.state import State

INSTANT = pa.timestamp("us", "UTC")
HOLDS = (HoldKind.PROMISE_PENDING, HoldKind.DISPUTE_OPEN, HoldKind.PAID_CLAIM_PENDING, HoldKind.PLACED_WITH_AGENCY,
         HoldKind.ARRANGEMENT_CURRENT)  # fmt: skip
SUFFIXES = ("", "-D", "-U", "-S")
"""Of a plain bill, a duplicate, an undue charge and a bill made anew of what was paid when the rest was forgiven."""


def tables(state: State, log: Log, offers: tuple[str, ...]) -> dict[str, pa.Table]:
    """Return every canonical table a day or a history adds rows to; later versions of a row replace earlier ones."""
    shown = {table: show(state, log.rows(table)) for table, show in _PLAIN.items()}
    shown["contacts"] = _contacts(state, log.rows("contacts"), offers)
    shown["invoices"] = _invoices(state, _latest_invoices(log))
    shown["promises"] = _promises(state, log.last_rows("promises", "contract", "at"))
    shown["holds"] = _holds(state, log.last_rows("holds", "contract", "at", "kind"))
    return shown


def _latest_invoices(log: Log) -> dict[str, Array]:
    """Replace the invoices that were cancelled by their cancelled version."""
    issued, cancelled = log.rows("invoices"), log.rows("cancelled")
    keys = [(rows["contract"] * 4096 + rows["month"]) * 4 + rows["variant"] for rows in (issued, cancelled)]
    keep = ~np.isin(keys[0], keys[1])
    return {name: np.concatenate([array[keep], cancelled[name]]) for name, array in issued.items()}


def instants(micros: Whole) -> pa.Array:
    """Show microseconds as UTC instants; what did not happen is NULL."""
    return pa.array(micros, mask=micros == NO_TIME).cast(INSTANT)


def dates(days: Whole, missing: Array | None = None) -> pa.Array:
    """Show day numbers as dates."""
    return pa.array(days.astype(np.int32), pa.date32(), mask=missing)


def words(names: tuple[str, ...], codes: Whole) -> pa.Array:
    """Show codes as words; a negative code is NULL."""
    return pa.array([str(name) for name in names]).take(pa.array(codes, mask=codes < 0))


def owned_by(state: State, rows: dict[str, Array]) -> dict[str, pa.Array]:
    """Name the contract of each row, and its customer."""
    contract = rows["contract"]
    return {
        "contract_id": naming.contract_ids(state.contracts.number[contract]),
        "customer_id": naming.customer_ids(state.people.number[state.contracts.customer[contract]]),
    }


def _invoice_ids(state: State, rows: dict[str, Array], contract_ids: pa.Array) -> pa.Array:
    month = rows["month"] + state.origin
    variant = rows.get("variant")
    return naming.invoice_ids(contract_ids, month, "" if variant is None else words(SUFFIXES, variant))


def _invoices(state: State, rows: dict[str, Array]) -> pa.Table:
    owners, missing = owned_by(state, rows), rows["missing"]
    months = rows["reference"] + state.origin
    distinct, place = np.unique(months, return_inverse=True)
    firsts = pa.array([first_of_month(int(month)) for month in distinct], pa.date32())
    at = instants(rows["at"])
    return pa.table(
        {
            "invoice_id": _invoice_ids(state, rows, owners["contract_id"]),
            **owners,
            "issued_on": dates(rows["issued"]),
            "due_on": dates(rows["due"], missing == 1),
            "amount_cents": pa.array(rows["amount"]),
            "reference_month": firsts.take(pa.array(place, mask=missing == 2)),
            "has_payment_code": pa.array(missing != 3),
            "cancelled_at": instants(rows["cancelled"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _items(state: State, rows: dict[str, Array]) -> pa.Table:
    contract_ids = naming.contract_ids(state.contracts.number[rows["contract"]])
    invoice_ids = _invoice_ids(state, rows, contract_ids)
    at = instants(rows["at"])
    return pa.table(
        {
            "item_id": naming.joined(invoice_ids, "-", naming.text(rows["position"])),
            "invoice_id": invoice_ids,
            "description_code": words(CODES, state.contracts.product[rows["contract"]] * 2 + rows["position"] - 1),
            "billed_quantity": pa.array(rows["quantity"].astype(np.float64)),
            "consumed_quantity": pa.array(rows["consumed"].astype(np.float64), mask=rows["consumed"] < 0),
            "unit_price_cents": pa.array(rows["unit"]),
            "amount_cents": pa.array(rows["amount"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _payments(state: State, rows: dict[str, Array]) -> pa.Table:
    owners = owned_by(state, rows)
    invoice_ids = _invoice_ids(state, rows, owners["contract_id"])
    return pa.table(
        {
            # By second and amount: one may pay twice on a day, at the hour that is his.
            "payment_id": naming.joined(
                invoice_ids, "-p", naming.text(rows["at"] // 1_000_000), "-", naming.text(rows["amount"])
            ),
            **owners,
            "invoice_id": invoice_ids,
            "amount_cents": pa.array(rows["amount"]),
            "method": words(paying.METHODS, rows["method"]),
            "happened_at": instants(rows["at"]),
            "known_at": instants(rows["known"]),
        }
    )


def _contacts(state: State, rows: dict[str, Array], offers: tuple[str, ...]) -> pa.Table:
    owners, n = owned_by(state, rows), len(rows["contract"])
    sent, channel = instants(rows["sent"]), naming.channel_letters(rows["channel"])
    labels = {
        name: pa.array(rows[name], pa.string()) if name in rows else pa.nulls(n, pa.string())
        for name in ("decision_id", "template", "journey")
    }
    if "journey" not in rows:
        labels["journey"] = pa.array(["static_ladder"]).take(pa.array(np.zeros(n, dtype=np.int64)))
    offer = pa.array(rows["offer_name"], pa.string()) if "offer_name" in rows else words(offers, rows["offer"])
    chance = rows["offer_propensity"]
    step = np.nan_to_num(rows["step"], nan=-1).astype(np.int64)
    return pa.table(
        {
            "contact_id": naming.joined(owners["contract_id"], "-", naming.text(rows["day"]), "-", channel),
            **owners,
            **labels,
            "contact_point_id": naming.joined(owners["customer_id"], "-", channel),
            "channel": channel,
            "offer": offer,
            "offer_propensity": pa.array(chance, mask=np.isnan(chance)),
            "step": pa.array(step, mask=step < 0),
            "delivered_at": instants(rows["delivered"]),
            "read_at": instants(rows["read"]),
            "replied_at": instants(rows["replied"]),
            "outcome": words(contacting.OUTCOMES, rows["outcome"]),
            "outcome_at": instants(rows["outcome_at"]),
            "cost_cents": pa.array(rows["cost"]),
            "propensity": pa.array(rows["propensity"]),
            "is_randomised": pa.array(rows["is_randomised"]),
            "happened_at": sent,
            "known_at": sent,
        }
    )


def _treatments(state: State, rows: dict[str, Array]) -> pa.Table:
    owners, at, day = owned_by(state, rows), instants(rows["at"]), naming.text(rows["day"])
    channel = words(CHANNELS, rows["channel"])
    return pa.table(
        {
            "treatment_id": naming.joined(owners["contract_id"], "-", day, "-t-", pc.fill_null(channel, NOTHING)),
            **owners,
            "channel": channel,
            "propensity": pa.array(rows["propensity"]),
            "is_randomised": pa.array(rows["is_randomised"]),
            "among": _among(rows["among"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _among(bits: Whole) -> pa.Array:
    """Write the channels of each choice as words, peace first."""
    kinds, place = np.unique(bits, return_inverse=True)
    told = [
        None if kind < 0 else " ".join([NOTHING, *(str(one) for at, one in enumerate(CHANNELS) if kind >> at & 1)])
        for kind in kinds.tolist()
    ]
    return pa.array(told, pa.string()).take(pa.array(place))


def _promises(state: State, rows: dict[str, Array]) -> pa.Table:
    owners, at = owned_by(state, rows), instants(rows["at"])
    return pa.table(
        {
            "promise_id": naming.joined(owners["contract_id"], "-v", naming.text(rows["at"] // 60_000_000)),
            **owners,
            "amount_cents": pa.array(rows["amount"]),
            "promised_for": dates(rows["on"]),
            "resolution": words(promises.RESOLUTIONS, rows["resolution"]),
            "resolved_at": instants(rows["resolved"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _disputes(state: State, rows: dict[str, Array]) -> pa.Table:
    owners, at = owned_by(state, rows), instants(rows["at"])
    is_about = rows["month"] >= 0
    invoice_ids = naming.invoice_ids(owners["contract_id"], np.maximum(rows["month"], 0) + state.origin)
    return pa.table(
        {
            "dispute_id": naming.joined(owners["contract_id"], "-q", naming.text(rows["at"] // 60_000_000)),
            **owners,
            "invoice_id": pc.if_else(pa.array(is_about), invoice_ids, None),
            "kind": words(("dispute", "paid_claim"), rows["kind"]),
            "resolution": words(claims.RESOLUTIONS, rows["resolution"]),
            "resolved_at": instants(rows["resolved"]),
            "happened_at": at,
            "known_at": at,
        }
    )


def _holds(state: State, rows: dict[str, Array]) -> pa.Table:
    owners, at, kind = owned_by(state, rows), instants(rows["at"]), words(HOLDS, rows["kind"])
    n = len(rows["at"])
    return pa.table(
        {
            "hold_id": naming.joined(owners["contract_id"], "-h", naming.text(rows["at"] // 60_000_000), "-", kind),
            **owners,
            "invoice_id": pa.nulls(n, pa.string()),
            "kind": kind,
            "ends_at": instants(rows["ends"]),
            "lifted_at": instants(rows["lifted"]),
            "evidence": pa.nulls(n, pa.string()),
            "happened_at": at,
            "known_at": at,
        }
    )


def _consents(state: State, rows: dict[str, Array]) -> pa.Table:
    customers, channel = (
        naming.customer_ids(state.people.number[rows["customer"]]),
        naming.channel_letters(rows["channel"]),
    )
    at = instants(rows["at"])
    minute = naming.text(rows["at"] // 60_000_000)
    return pa.table(
        {
            "consent_id": naming.joined(customers, "-", channel, "-", minute),
            "customer_id": customers,
            "channel": channel,
            "is_granted": pa.array(np.zeros(len(rows["at"]), dtype=bool)),
            "happened_at": at,
            "known_at": at,
        }
    )


def planted_table(state: State, log: Log) -> pa.Table:
    """Show which billing errors were planted on which invoices: truth, for evaluation only."""
    rows = log.rows("planted")
    contract_ids = naming.contract_ids(state.contracts.number[rows["contract"]])
    return pa.table(
        {
            "invoice_id": _invoice_ids(state, rows, contract_ids),
            "contract_id": contract_ids,
            "kind": words(ERROR_KINDS, rows["kind"]),
        }
    )


_PLAIN: dict[str, Callable[[State, dict[str, Array]], pa.Table]] = {
    "invoice_items": _items,
    "payments": _payments,
    "treatments": _treatments,
    "disputes": _disputes,
    "consents": _consents,
}
