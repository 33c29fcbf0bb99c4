"""A book drawn at random, with much that is known late: each value a function of its row's own identifier."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np

from regua import vocabulary
from regua.dice import draw, identity

Rows = Mapping[str, Sequence[Mapping[str, object]]]

FIRST_DAY = date(2025, 3, 1)
DAYS = 450  # of history, some eighty of them after 2026-03-10


class _Random:
    """Rows of one table, each value a function of the row's own identifier."""

    def __init__(self, name: str, height: int, seed: int) -> None:
        self.ids = [f"{name}-{number:05d}" for number in range(height)]
        self._who, self._seed = identity(self.ids), seed

    def share(self, purpose: str) -> np.ndarray:
        return draw(self._who, purpose, 0, self._seed)

    def pick(self, purpose: str, words: Sequence[object]) -> list:
        return [words[int(place)] for place in self.share(purpose) * len(words)]

    def instants(self, purpose: str, days: float = DAYS) -> list[datetime]:
        start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day)
        return [start + timedelta(minutes=int(part * days * 1440)) for part in self.share(purpose)]

    def after(self, purpose: str, instants: Sequence[datetime], days: float, share: float = 1.0) -> list:
        waits, happens = self.share(purpose), self.share(f"{purpose}?") < share
        return [
            instant + timedelta(minutes=int(wait**3 * days * 1440)) if happened else None
            for instant, wait, happened in zip(instants, waits, happens, strict=True)
        ]


def _rows(columns: Mapping[str, Sequence[object]]) -> list[dict]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def random_rows(customers: int, seed: int = 0) -> dict[str, list[dict]]:
    who = _Random("c", customers, seed)
    since = who.instants("since", 200)
    rows = {
        "customers": _rows(
            {
                "customer_id": who.ids,
                "kind": who.pick("kind", ["person", "company"]),
                "region": who.pick("region", ["SP", "RJ", "BA"]),
                "customer_since": [instant.date() for instant in since],
                "income_band": who.pick("income", ["low", "medium", "high", None]),
                "sex": who.pick("sex", ["female", "male", None]),
                "happened_at": since,
                "known_at": who.after("known", since, 20),
            }
        )
    }
    for table, make in (
        ("contracts", _contracts),
        ("invoices", _invoices),
        ("payments", _payments),
        ("suspicions", _suspicions),
        ("contacts", _contacts),
        ("contact_points", _contact_points),
        ("consents", _consents),
        ("promises", _promises),
        ("arrangements", _arrangements),
        ("arrangement_instalments", _instalments),
        ("disputes", _disputes),
        ("holds", _holds),
        ("signals", _signals),
        ("region_months", _region_months),
    ):
        rows[table] = make(rows, seed)
    return rows


def _owned(random: _Random, owners: Sequence[Mapping], *names: str) -> dict[str, list]:
    picked = random.pick("owner", owners)
    return {name: [owner[name] for owner in picked] for name in names}


def _timed(random: _Random, happened: list[datetime] | None = None) -> dict[str, list]:
    happened = happened or random.instants("happened")
    return {"happened_at": happened, "known_at": random.after("known", happened, 40)}


def _contracts(rows: Rows, seed: int) -> list[dict]:
    random = _Random("k", len(rows["customers"]) * 3 // 2, seed)
    opened = random.instants("opened", 150)
    return _rows(
        {
            "contract_id": random.ids,
            **_owned(random, rows["customers"], "customer_id"),
            "product": random.pick("product", list(vocabulary.Product)),
            "opened_on": [instant.date() for instant in opened],
            "closed_at": random.after("closed", opened, 450, 0.2),
            "placed_at": random.after("placed", opened, 450, 0.1),
            "credit_limit_cents": random.pick("limit", [None, 100_000, 250_000]),
            "is_secured": random.pick("secured", [None, True, False]),
            **_timed(random, opened),
        }
    )


def _invoices(rows: Rows, seed: int) -> list[dict]:
    random = _Random("i", len(rows["contracts"]) * 8, seed)
    issued = random.instants("issued")
    due = [instant.date() + timedelta(days=10) for instant in issued]
    return _rows(
        {
            "invoice_id": random.ids,
            **_owned(random, rows["contracts"], "contract_id", "customer_id"),
            "issued_on": [instant.date() for instant in issued],
            "due_on": [day if known else None for day, known in zip(due, random.share("due") < 0.98, strict=True)],
            "amount_cents": [int(part * 20_000) + 1_000 for part in random.share("amount")],
            "reference_month": [day.replace(day=1) for day in due],
            "cancelled_at": random.after("cancelled", issued, 200, 0.1),
            **_timed(random, issued),
        }
    )


def _payments(rows: Rows, seed: int) -> list[dict]:
    random = _Random("p", len(rows["invoices"]), seed)
    owner = _owned(random, rows["invoices"], "invoice_id", "contract_id", "customer_id", "amount_cents", "issued_on")
    paid = [datetime(day.year, day.month, day.day) for day in owner.pop("issued_on")]
    named, shares = random.share("named") < 0.6, random.pick("share", [1, 1, 1, 0.5, 1.3])
    return _rows(
        {
            "payment_id": random.ids,
            **owner,
            "invoice_id": [
                name if is_named else None for name, is_named in zip(owner["invoice_id"], named, strict=True)
            ],
            "amount_cents": [int(owed * share) for owed, share in zip(owner["amount_cents"], shares, strict=True)],
            "method": random.pick("method", [*vocabulary.PaymentMethod, None]),
            **_timed(random, random.after("paid", paid, 120)),
        }
    )


def _suspicions(rows: Rows, seed: int) -> list[dict]:
    random = _Random("s", len(rows["customers"]) // 3, seed)
    owner = _owned(random, rows["invoices"], "invoice_id", "contract_id", "customer_id")
    return _rows({**owner, "rule": ["wrong_arithmetic"] * len(random.ids), **_timed(random)})


def _contacts(rows: Rows, seed: int) -> list[dict]:
    random = _Random("t", len(rows["customers"]) * 12, seed)
    sent = random.instants("sent")
    return _rows(
        {
            "contact_id": random.ids,
            **_owned(random, rows["contracts"], "contract_id", "customer_id"),
            "channel": random.pick("channel", list(vocabulary.CHANNELS)),
            "accepted_at": random.after("accepted", sent, 2, 0.9),
            "delivered_at": random.after("delivered", sent, 3, 0.8),
            "read_at": random.after("read", sent, 30, 0.5),
            "replied_at": random.after("replied", sent, 60, 0.2),
            "offer": random.pick("offer", [None, None, "plan_3"]),
            "outcome": random.pick("outcome", list(vocabulary.ContactOutcome)),
            "outcome_at": random.after("outcome", sent, 30, 0.9),
            "cost_cents": random.pick("cost", [None, 5, 90]),
            **_timed(random, sent),
        }
    )


def _contact_points(rows: Rows, seed: int) -> list[dict]:
    random = _Random("x", len(rows["customers"]) * 3, seed)
    happened = random.instants("happened")
    return _rows(
        {
            "contact_point_id": random.ids,
            **_owned(random, rows["customers"], "customer_id"),
            "channel": random.pick("channel", list(vocabulary.CHANNELS)),
            "status": random.pick("status", list(vocabulary.ContactPointStatus)),
            "status_at": random.after("status", happened, 300, 0.8),
            **_timed(random, happened),
        }
    )


def _consents(rows: Rows, seed: int) -> list[dict]:
    random = _Random("n", len(rows["customers"]) * 3, seed)
    owner = _owned(random, rows["customers"], "customer_id")
    granted = [share < 0.6 for share in random.share("granted")]
    channel = random.pick("channel", list(vocabulary.CHANNELS))
    return _rows({"consent_id": random.ids, **owner, "channel": channel, "is_granted": granted, **_timed(random)})


def _promises(rows: Rows, seed: int) -> list[dict]:
    random = _Random("m", len(rows["customers"]), seed)
    made = random.instants("made")
    return _rows(
        {
            "promise_id": random.ids,
            **_owned(random, rows["contracts"], "contract_id", "customer_id"),
            "amount_cents": [int(part * 9_000) + 100 for part in random.share("amount")],
            "promised_for": [instant.date() + timedelta(days=7) for instant in made],
            "resolution": random.pick("resolution", ["kept", "partly_kept", "broken", "cancelled", None]),
            "resolved_at": random.after("resolved", made, 60, 0.8),
            **_timed(random, made),
        }
    )


def _arrangements(rows: Rows, seed: int) -> list[dict]:
    random = _Random("g", len(rows["customers"]), seed)
    made = random.instants("made")
    return _rows(
        {
            "arrangement_id": random.ids,
            **_owned(random, rows["contracts"], "contract_id", "customer_id"),
            "offer": random.pick("offer", ["plan_3", "pause_30"]),
            "kind": random.pick("kind", list(vocabulary.OfferKind)),
            "total_cents": [int(part * 9_000) + 100 for part in random.share("total")],
            "instalments": random.pick("count", [1, 3]),
            "first_due_on": [instant.date() + timedelta(days=10) for instant in made],
            "resolution": random.pick("resolution", [*vocabulary.ArrangementResolution, None]),
            "resolved_at": random.after("resolved", made, 300, 0.7),
            **_timed(random, made),
        }
    )


def _instalments(rows: Rows, seed: int) -> list[dict]:
    random = _Random("l", len(rows["arrangements"]) * 2, seed)
    owner = _owned(random, rows["arrangements"], "arrangement_id", "contract_id", "customer_id", "happened_at")
    made = owner.pop("happened_at")
    return _rows(
        {
            "instalment_id": random.ids,
            **owner,
            "due_on": [
                at.date() + timedelta(days=int(part * 90)) for at, part in zip(made, random.share("due"), strict=True)
            ],
            "amount_cents": [100] * len(made),
            "paid_at": random.after("paid", made, 120, 0.6),
            **_timed(random, made),
        }
    )


def _disputes(rows: Rows, seed: int) -> list[dict]:
    random = _Random("d", len(rows["customers"]) // 2, seed)
    happened = random.instants("happened")
    return _rows(
        {
            "dispute_id": random.ids,
            **_owned(random, rows["contracts"], "contract_id", "customer_id"),
            "kind": random.pick("kind", ["dispute", "paid_claim"]),
            "resolution": random.pick("resolution", ["upheld", "rejected", None]),
            "resolved_at": random.after("resolved", happened, 200, 0.8),
            **_timed(random, happened),
        }
    )


def _holds(rows: Rows, seed: int) -> list[dict]:
    random = _Random("h", len(rows["customers"]), seed)
    happened, kinds = random.instants("happened"), random.pick("kind", list(vocabulary.HoldKind))
    ends = {name: random.after(name, happened, 300, 0.5) for name in ("ends_at", "lifted_at")}
    owner = _owned(random, rows["customers"], "customer_id")
    return _rows({"hold_id": random.ids, "kind": kinds, **owner, **ends, **_timed(random, happened)})


def _signals(rows: Rows, seed: int) -> list[dict]:
    random = _Random("s", len(rows["customers"]), seed)
    happened, kinds = random.instants("happened"), random.pick("kind", list(vocabulary.SignalKind))
    about = {
        **_owned(random, rows["customers"], "customer_id"),
        "cleared_at": random.after("cleared", happened, 300, 0.5),
    }
    return _rows({"signal_id": random.ids, "kind": kinds, **about, **_timed(random, happened)})


def _region_months(rows: Rows, seed: int) -> list[dict]:
    months = [(region, date(2024 + n // 12, 1 + n % 12, 1)) for region in ("SP", "RJ") for n in range(30)]
    random = _Random("r", len(months), seed)
    month_start = [datetime(month.year, month.month, 1) for _, month in months]
    return _rows(
        {
            "region": [region for region, _ in months],
            "month": [month for _, month in months],
            "unemployment_rate": [round(part / 10, 4) for part in random.share("rate")],
            "selic_rate": [round(part / 5, 4) for part in random.share("selic")],
            "is_disaster": [share < 0.1 for share in random.share("disaster")],
            **_timed(random, month_start),
        }
    )
