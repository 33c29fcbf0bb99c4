"""What the service's own role may do on PostgreSQL: see one portfolio, and never change what a log says.

Whoever owns the tables migrates them and gives these rights; the service itself connects as a role that owns nothing.
Which portfolio a connection is for is said when it is opened, and policies hold each row to
it: a statement that forgot the portfolio would see nothing of another.
"""

import re
from collections.abc import Iterator

from regua.errors import SettingsError
from serving.store.postgres import PORTFOLIO_SETTING
from serving.store.tables import METADATA

APPENDED = frozenset(
    {
        "audit",
        "audit_checkpoints",
        "books",
        "decisions",
        "events",
        "portfolios",
        "shadows",
        "shapes",
    }
)
"""Tables that are only ever added to: no row of them is changed or removed by the service. (Of the quarantine, what was
sent about somebody who is erased has to go.)"""
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def give(url: str, role: str) -> list[str]:
    """Give a role of the database what the service needs and nothing more; return the tables it may use.

    Said again after a migration, it covers the new tables.

    Parameters
    ----------
    url
        The address of the database, as its owner.
    role
        An existing role that owns none of the tables.

    Raises
    ------
    SettingsError
        It is no PostgreSQL, the role cannot be one, there is none of this name, or rights mean nothing to it.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("rights of a store that is a file", expected="REGUA_STORE_URL of a PostgreSQL database")
    if not _ROLE.fullmatch(role):
        raise SettingsError(f"the role {role[:80]!r}", expected="a name of a-z, 0-9 and '_'")
    import psycopg

    try:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", (role,)
            ).fetchone()
            if found is None or found[0]:
                raise SettingsError(
                    f"the role {role} {'is above every right' if found else 'does not exist'}",
                    expected="a role made by CREATE ROLE … LOGIN, neither superuser nor BYPASSRLS",
                )
            for statement in statements(role):
                connection.execute(statement)
    except psycopg.Error as problem:
        raise SettingsError(
            f"the rights cannot be given: {str(problem).splitlines()[0]}",
            expected="REGUA_STORE_URL of the owner of the tables, migrated by this version",
        ) from problem
    return sorted(METADATA.tables)


def statements(role: str) -> Iterator[str]:
    """Say in SQL what the role may do.

    Examples
    --------
    >>> [one for one in statements("app") if one.startswith("GRANT") and '"decisions"' in one]
    ['GRANT SELECT, INSERT ON "decisions" TO "app"']
    """
    yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
    yield f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'
    yield f'GRANT SELECT ON "alembic_version" TO "{role}"'
    for name, table in sorted(METADATA.tables.items()):
        allowed = "SELECT, INSERT" if name in APPENDED else "SELECT, INSERT, UPDATE, DELETE"
        yield f'REVOKE ALL ON "{name}" FROM "{role}"'
        yield f'GRANT {allowed} ON "{name}" TO "{role}"'
        if "portfolio" in table.c:
            own = f"portfolio = current_setting('{PORTFOLIO_SETTING}', true)"
            yield f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY'
            yield f'DROP POLICY IF EXISTS "own_portfolio" ON "{name}"'
            yield f'CREATE POLICY "own_portfolio" ON "{name}" USING ({own}) WITH CHECK ({own})'
