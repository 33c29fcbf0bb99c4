"""A portfolio belongs to one environment for ever: what is live and what is a sandbox are never in one log."""

from sqlalchemy import bindparam, select

from regua.clock import SystemClock
from regua.errors import SettingsError
from serving.store.database import Database, Transaction
from serving.store.instants import instant
from serving.store.statements import inserting, limited, statement
from serving.store.tables import audit
from serving.store.tables import portfolios as table

_OF = statement(select(table.c.environment).where(table.c.portfolio == bindparam("portfolio")), "portfolio")
_COLUMNS = ("portfolio", "environment", "since")
_KEEP = statement(inserting(table, *_COLUMNS).on_conflict_do_nothing(), *_COLUMNS)
_USED = statement(limited(select(audit.c.seq).where(audit.c.portfolio == bindparam("portfolio"))), "portfolio", "limit")


def keep_apart(database: Database, portfolio: str, environment: str) -> None:
    """Give a portfolio to the environment that opens it first, and hold it to that.

    Raises
    ------
    SettingsError
        It belongs to the other environment, or it had been in use before environments were kept: then it is live.
    """
    with database.reading() as transaction:
        found = _of(transaction, portfolio)
    if found is None:
        with database.writing() as transaction:
            found = _of(transaction, portfolio)
            if found is None:
                is_old = bool(transaction.rows(_USED, portfolio, 1))
                found = "live" if is_old else environment
                transaction.change(_KEEP, portfolio, found, instant(SystemClock().now()))
                found = _of(transaction, portfolio) or found
    if found != environment:
        raise SettingsError(
            f"portfolio {portfolio} of this store is {_TOLD[found]}, and REGUA_ENVIRONMENT is {environment}",
            expected=f"a portfolio or a store of its own for {_TOLD[environment]}",
            remedy="set REGUA_PORTFOLIO to another name, or REGUA_ENVIRONMENT to what it is",
        )


_TOLD = {"live": "real traffic", "test": "a sandbox"}


def _of(transaction: Transaction, portfolio: str) -> str | None:
    found = transaction.rows(_OF, portfolio)
    return found[0][0] if found else None
