"""From the events of fines to canonical tables: each row is made of one event and keeps that event's row number."""

from collections.abc import Mapping

import polars as pl

from regua.vocabulary import Channel, ContactPointStatus, CustomerKind, DisputeResolution, Product

DUE_DAYS = 60
"""Days from notification to the penalty: the law's, and exact in the log."""

_UPHELD = ("#", "G")


def book(events: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Make the canonical tables of checked events.

    Parameters
    ----------
    events
        ``source_row``, ``case_id``, ``position``, ``activity``, ``day``, ``happened_at``, ``known_at``, amounts in
        cents, ``dismissal``.

    Returns
    -------
    customers, contracts, invoices, invoice_items, payments, contacts, contact points and disputes, with ``source_row``.
    """
    events = events.sort("case_id", "position")
    created, sent = _all(events, "Create Fine"), _all(events, "Send Fine")
    notified, penalty = _all(events, "Insert Fine Notification"), _all(events, "Add penalty")
    billed = _billed(created, sent, notified, penalty)
    surcharged = _surcharged(created, penalty)
    return {
        "customers": _customers(created),
        "contracts": _contracts(created, events),
        "invoices": _invoices(billed, surcharged, events),
        "invoice_items": _items(billed, surcharged),
        "payments": _payments(events),
        "contacts": _contacts(events, notified),
        "contact_points": _contact_points(sent, notified),
        "disputes": _disputes(events),
    }


def _all(events: pl.DataFrame, activity: str) -> pl.DataFrame:
    return events.filter(pl.col("activity") == activity)


def _first(events: pl.DataFrame) -> pl.DataFrame:
    """Keep one event a case, to be joined to; an event that comes twice makes two rows, and the second is refused."""
    return events.unique("case_id", keep="first", maintain_order=True)


def _who() -> list[pl.Expr]:
    return [pl.col("case_id").alias("customer_id"), pl.col("case_id").alias("contract_id")]


def _when() -> list[pl.Expr]:
    return [pl.col("source_row"), pl.col("happened_at"), pl.col("known_at")]


def _customers(created: pl.DataFrame) -> pl.DataFrame:
    return created.select(
        *_when(),
        customer_id="case_id",
        kind=pl.lit(str(CustomerKind.PERSON)),
        region=pl.lit("IT"),
        customer_since="day",
    )


def _contracts(created: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    placed = _first(_all(events, "Send for Credit Collection")).select("case_id", placed_at="happened_at")
    return (
        created.join(_ended(events), on="case_id", how="left")
        .join(placed, on="case_id", how="left")
        .select(
            *_who(),
            *_when(),
            "placed_at",
            product=pl.lit(str(Product.FINE)),
            opened_on="day",
            closed_at="ended_at",
            principal_cents="amount_cents",
        )
    )


def _ended(events: pl.DataFrame) -> pl.DataFrame:
    verdicts = events.filter(
        pl.col("dismissal").is_in(_UPHELD) & pl.col("activity").is_in(["Send Appeal to Prefecture", "Appeal to Judge"])
    )
    return verdicts.group_by("case_id").agg(pl.col("happened_at").min().alias("ended_at"))


def _billed(created: pl.DataFrame, sent: pl.DataFrame, notified: pl.DataFrame, penalty: pl.DataFrame) -> pl.DataFrame:
    """Bill each notified fine, with the cost of sending; a penalty without a notification bills it too."""
    costs = _first(sent).select("case_id", "expense_cents")
    fines = _first(created).select("case_id", fine_cents="amount_cents", fine_month=pl.col("day").dt.truncate("1mo"))
    at_once = penalty.join(notified, on="case_id", how="anti").with_columns(due_on="day")
    bills = pl.concat([notified.with_columns(due_on=pl.col("day").dt.offset_by(f"{DUE_DAYS}d")), at_once])
    return (
        bills.drop("expense_cents")
        .join(fines, on="case_id", how="left")
        .join(costs, on="case_id", how="left")
        .with_columns(
            invoice_id=pl.concat_str("case_id", pl.lit("-fine")),
            total_cents=pl.col("fine_cents") + pl.col("expense_cents").fill_null(0),
        )
    )


def _surcharged(created: pl.DataFrame, penalty: pl.DataFrame) -> pl.DataFrame:
    fines = _first(created).select("case_id", fine_cents="amount_cents")
    return penalty.join(fines, on="case_id", how="left").with_columns(
        invoice_id=pl.concat_str("case_id", pl.lit("-penalty")),
        total_cents=pl.col("amount_cents") - pl.col("fine_cents"),
        due_on="day",
        fine_month=pl.col("day").dt.truncate("1mo"),
    )


def _invoices(billed: pl.DataFrame, surcharged: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    columns = ["invoice_id", "case_id", "day", "due_on", "total_cents", "fine_month", "source_row", "happened_at"]
    both = pl.concat([billed.select(*columns, "known_at"), surcharged.select(*columns, "known_at")])
    return both.join(_ended(events), on="case_id", how="left").select(
        "invoice_id",
        *_who(),
        *_when(),
        "due_on",
        issued_on="day",
        amount_cents="total_cents",
        reference_month="fine_month",
        cancelled_at="ended_at",
    )


def _items(billed: pl.DataFrame, surcharged: pl.DataFrame) -> pl.DataFrame:
    def line(bills: pl.DataFrame, code: str, cents: str) -> pl.DataFrame:
        return bills.filter(pl.col(cents).is_not_null()).select(
            "invoice_id",
            *_when(),
            item_id=pl.concat_str("case_id", pl.lit(f"-{code}")),
            description_code=pl.lit(code),
            billed_quantity=pl.lit(1.0),
            unit_price_cents=pl.col(cents).cast(pl.Float64),
            amount_cents=cents,
        )

    return pl.concat(
        [
            line(billed, "fine", "fine_cents"),
            line(billed, "sending_expense", "expense_cents"),
            line(surcharged, "penalty", "total_cents"),
        ]
    )


def _payments(events: pl.DataFrame) -> pl.DataFrame:
    return events.filter(pl.col("activity") == "Payment").select(
        *_who(), *_when(), payment_id=pl.concat_str("case_id", pl.lit("-"), "position"), amount_cents="payment_cents"
    )


def _contacts(events: pl.DataFrame, notified: pl.DataFrame) -> pl.DataFrame:
    arrived = _first(notified).select("case_id", delivered_at="happened_at").with_columns(activity=pl.lit("Send Fine"))
    letters = events.filter(pl.col("activity").is_in(["Send Fine", "Notify Result Appeal to Offender"]))
    return letters.join(arrived, on=["case_id", "activity"], how="left").select(
        *_who(),
        *_when(),
        "delivered_at",
        contact_id=pl.concat_str("case_id", pl.lit("-"), "position"),
        channel=pl.lit(str(Channel.LETTER)),
        template=pl.when(pl.col("activity") == "Send Fine").then(pl.lit("fine")).otherwise(pl.lit("appeal_result")),
        cost_cents="expense_cents",
    )


def _contact_points(sent: pl.DataFrame, notified: pl.DataFrame) -> pl.DataFrame:
    """Make an address of each first letter: the notification, when it is entered, proves that the letter arrived."""
    proven = _first(notified).select("case_id", status_at="happened_at")
    addresses = _first(pl.concat([sent, notified]).sort("case_id", "position"))
    arrived = pl.col("status_at") >= pl.col("happened_at")
    return addresses.join(proven, on="case_id", how="left").select(
        *_when(),
        customer_id="case_id",
        contact_point_id=pl.concat_str("case_id", pl.lit("-address")),
        channel=pl.lit(str(Channel.LETTER)),
        status=pl.when(arrived)
        .then(pl.lit(str(ContactPointStatus.VERIFIED)))
        .otherwise(pl.lit(str(ContactPointStatus.UNVERIFIED))),
        status_at=pl.when(arrived).then("status_at"),
    )


def _disputes(events: pl.DataFrame) -> pl.DataFrame:
    """Make a dispute of each appeal; what settles the prefecture's appeal are its code and its result."""
    sent = _first(_all(events, "Send Appeal to Prefecture")).select("case_id", "dismissal", sent_at="happened_at")
    result = _first(_all(events, "Receive Result Appeal from Prefecture")).select("case_id", result_at="happened_at")
    opened = _all(events, "Insert Date Appeal to Prefecture").drop("dismissal")
    upheld = pl.col("dismissal") == "#"
    prefecture = (
        opened.join(sent, on="case_id", how="left")
        .join(result, on="case_id", how="left")
        .with_columns(
            resolution=pl.when(upheld)
            .then(pl.lit(str(DisputeResolution.UPHELD)))
            .when(pl.col("result_at").is_not_null())
            .then(pl.lit(str(DisputeResolution.REJECTED))),
            resolved_at=pl.when(upheld)
            .then(pl.max_horizontal("sent_at", "happened_at"))
            .otherwise(pl.max_horizontal("result_at", "happened_at")),
        )
        .with_columns(resolved_at=pl.when(pl.col("resolution").is_not_null()).then("resolved_at"))
    )
    judge = events.filter(pl.col("activity") == "Appeal to Judge").with_columns(
        resolution=pl.when(pl.col("dismissal") == "G").then(pl.lit(str(DisputeResolution.UPHELD))),
        resolved_at=pl.when(pl.col("dismissal") == "G").then("happened_at"),
    )
    return pl.concat([_dispute(prefecture), _dispute(judge)])


def _dispute(appeals: pl.DataFrame) -> pl.DataFrame:
    return appeals.select(
        *_who(),
        *_when(),
        "resolution",
        "resolved_at",
        dispute_id=pl.concat_str("case_id", pl.lit("-"), "position"),
        kind=pl.lit("dispute"),
    )
