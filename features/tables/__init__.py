"""What does a book look like? The sixteen canonical tables, their columns and their rules.

Instants are UTC and stored as ``timestamp[us]`` without a zone, so that every engine compares them alike; days are
calendar days of the business zone; money is whole cents. A row counts at a moment only if ``known_at`` is not later.
"""

from features.tables import money, people, promises
from features.tables.columns import IDENTIFIER, LARGEST_AMOUNT_CENTS, PERSONAL
from features.tables.table import Kind, Reference, Table

_CUSTOMER = Reference("customer_id", "customers")
_CONTRACT = Reference("contract_id", "contracts", same_customer=True)
_INVOICE = Reference("invoice_id", "invoices")
_ARRANGEMENT = Reference("arrangement_id", "arrangements", same_customer=True)
_BY_CUSTOMER = ("customer_id", "happened_at")
_BY_CONTRACT = ("contract_id", "happened_at")

_ALL = (
    Table(
        "customers",
        ("customer_id",),
        people.Customers,
        ("customer_id",),
        (),
        is_required=True,
        happened_from="customer_since",
    ),
    Table(
        "contracts",
        ("contract_id",),
        money.Contracts,
        ("contract_id",),
        (_CUSTOMER,),
        is_required=True,
        happened_from="opened_on",
    ),
    Table(
        "invoices",
        ("invoice_id",),
        money.Invoices,
        _BY_CONTRACT,
        (_CUSTOMER, _CONTRACT),
        is_required=True,
        happened_from="issued_on",
    ),
    Table("invoice_items", ("item_id",), money.InvoiceItems, ("invoice_id", "happened_at"), (_INVOICE,)),
    Table("payments", ("payment_id",), money.Payments, _BY_CONTRACT, (_CUSTOMER, _CONTRACT, _INVOICE)),
    Table("contact_points", ("contact_point_id",), people.ContactPoints, _BY_CUSTOMER, (_CUSTOMER,)),
    Table("contacts", ("contact_id",), people.Contacts, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT)),
    Table("consents", ("consent_id",), people.Consents, _BY_CUSTOMER, (_CUSTOMER,)),
    Table("promises", ("promise_id",), promises.Promises, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT)),
    Table("arrangements", ("arrangement_id",), promises.Arrangements, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT)),
    Table(
        "arrangement_instalments",
        ("instalment_id",),
        promises.ArrangementInstalments,
        _BY_CUSTOMER,
        (_CUSTOMER, _CONTRACT, _ARRANGEMENT),
    ),
    Table("disputes", ("dispute_id",), promises.Disputes, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT, _INVOICE)),
    Table("holds", ("hold_id",), promises.Holds, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT, _INVOICE)),
    Table("signals", ("signal_id",), promises.Signals, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT)),
    Table("treatments", ("treatment_id",), people.Treatments, _BY_CUSTOMER, (_CUSTOMER, _CONTRACT)),
    Table("region_months", ("region", "month"), money.RegionMonths, ("region", "month")),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
"""Parents before children: a row is checked against the kept rows of the tables it points to."""

SUSPICIONS = Table(
    "suspicions", ("invoice_id", "rule"), promises.Suspicions, ("customer_id", "happened_at"), (_INVOICE,)
)
"""Invoices a billing rule doubts: made by the checks, read like any other table."""

__all__ = ["IDENTIFIER", "LARGEST_AMOUNT_CENTS", "PERSONAL", "SUSPICIONS", "TABLES", "Kind", "Reference", "Table"]
