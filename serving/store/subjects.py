"""The keys of the people a store knows: made with their first row, wrapped under the home's, destroyed on erasure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, null, select, update

from regua.errors import UnavailableError
from regua.sealing import FILE, SubjectKey, Vault, is_sealed, owner_of
from serving.store.database import Answer, Transaction
from serving.store.statements import OneOf, inserting, statement
from serving.store.tables import subjects as table

_own = table.c.portfolio == bindparam("portfolio")
_READ = statement(
    select(table.c.customer_id, table.c.wrapped, table.c.erased_at).where(_own, OneOf(table.c.customer_id, "ids")),
    "portfolio",
    "ids",
)
_COLUMNS = ("portfolio", "customer_id", "key_id", "wrapped", "made_at")
_making = inserting(table, *_COLUMNS)
_MAKE = statement(
    _making.on_conflict_do_update(
        index_elements=["portfolio", "customer_id"],
        set_={name: _making.excluded[name] for name in ("key_id", "wrapped", "made_at")},
        # Of two who make somebody's key at once the first one's stands: what it sealed must open.
        where=table.c.wrapped.is_(None),
    ),
    *_COLUMNS,
)
_ERASED_COLUMNS = ("portfolio", "customer_id", "made_at", "erased_at")
_erasing = inserting(table, *_ERASED_COLUMNS)
_DESTROY = statement(
    _erasing.on_conflict_do_update(
        index_elements=["portfolio", "customer_id"],
        set_={"key_id": null(), "wrapped": null(), "erased_at": _erasing.excluded.erased_at},
    ),
    *_ERASED_COLUMNS,
)


_WRAPPED = statement(
    select(table.c.customer_id, table.c.wrapped).where(_own, table.c.wrapped.is_not(None)), "portfolio"
)
_REWRAP = statement(
    update(table).where(_own, table.c.customer_id == bindparam("whose")).values(wrapped=bindparam("anew")),
    "anew",
    "portfolio",
    "whose",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of some people, as one transaction sees them; without a vault, content is kept as it is.

    ``erased_at`` tells of those who were erased, when that was last.
    """

    by_customer: Mapping[str, SubjectKey] = field(default_factory=dict)
    erased_at: Mapping[str, str] = field(default_factory=dict)
    has_vault: bool = True

    def seal(self, customer_id: str, content: bytes) -> bytes:
        """Seal somebody's content."""
        key = self.by_customer.get(customer_id)
        return key.seal(content) if key else content

    def open(self, customer_id: str, content: bytes) -> bytes | None:
        """Open somebody's content; None where it was erased.

        Raises
        ------
        UnavailableError
            It is sealed and there is no vault, or it was altered.
        """
        if not is_sealed(content):
            return content or None
        if not self.has_vault:
            raise UnavailableError(
                "what this store keeps of people is sealed, and it was opened without the home's key",
                expected=f"the home's own key, {FILE} in its folder keys",
                remedy="open the store by the settings of its home (REGUA_HOME)",
            )
        key = self.by_customer.get(customer_id)
        return key.open(content) if key else None

    def fingerprint(self, customer_id: str, content: bytes, digest: str) -> str:
        """Name content so that it is known again: by its plain digest only where it is not sealed."""
        key = self.by_customer.get(customer_id)
        return key.fingerprint(content) if key else digest


def read(transaction: Transaction, portfolio: str, ids: object) -> Keys:
    """Read the keys of people, given as :meth:`Transaction.several` gives them."""
    return ask(transaction, portfolio, ids)()


def ask(transaction: Transaction, portfolio: str, ids: object) -> Answer[Keys]:
    """Ask for the keys of people, given as :meth:`Transaction.several` gives them."""
    vault = transaction.vault
    if vault is None:
        return lambda: Keys(has_vault=False)
    found = transaction.ask(_READ, portfolio, ids)
    return lambda: _unwrapped(vault, portfolio, found())


def read_or_make(transaction: Transaction, portfolio: str, customer_ids: Iterable[str], at: str) -> Keys:
    """Read the keys of people, and make those that lack; of several writers at once all get the same."""
    wanted = set(customer_ids)
    found = read(transaction, portfolio, transaction.several(wanted))
    return complete(transaction, portfolio, found, wanted, at)


def complete(transaction: Transaction, portfolio: str, known: Keys, customer_ids: Iterable[str], at: str) -> Keys:
    """Make the keys that lack beside those that are known; of several writers at once all get the same."""
    vault = transaction.vault
    if vault is None:
        return Keys(has_vault=False)
    lacking = sorted(set(customer_ids) - known.by_customer.keys())
    if not lacking:
        return known
    made = {customer_id: vault.made(owner_of(portfolio, customer_id)) for customer_id in lacking}
    rows = [(portfolio, customer_id, key.name, wrapped, at) for customer_id, (key, wrapped) in made.items()]
    if transaction.change_counted(_MAKE, rows) < len(rows):
        made_elsewhere = read(transaction, portfolio, transaction.several(lacking))
        return replace(known, by_customer={**known.by_customer, **made_elsewhere.by_customer})
    own = {customer_id: key for customer_id, (key, _) in made.items()}
    return replace(known, by_customer={**known.by_customer, **own})


def destroy(transaction: Transaction, portfolio: str, customer_id: str, at: str) -> None:
    """Destroy somebody's key, and keep when that was."""
    transaction.change(_DESTROY, portfolio, customer_id, at, at)


def wrap_anew(transaction: Transaction, portfolio: str) -> int:
    """Wrap every key under the newest of the home's own; return how many were not yet."""
    vault = transaction.vault
    if vault is None:
        return 0
    changed = [
        (anew, portfolio, customer_id)
        for customer_id, wrapped in transaction.rows(_WRAPPED, portfolio)
        if (anew := vault.wrapped_anew(bytes(wrapped), owner_of(portfolio, customer_id)))
    ]
    transaction.change_many(_REWRAP, changed)
    return len(changed)


def _unwrapped(vault: Vault, portfolio: str, rows: Iterable[tuple[Any, ...]]) -> Keys:
    keys, erased = {}, {}
    for customer_id, wrapped, erased_at in rows:
        if wrapped is not None:
            keys[customer_id] = vault.unwrapped(wrapped, owner_of(portfolio, customer_id))
        if erased_at is not None:
            erased[customer_id] = erased_at
    return Keys(keys, erased)
