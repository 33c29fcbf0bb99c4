"""Statements are compiled when they are first asked for; here all of them are asked for, for both databases."""

from importlib import import_module
from pkgutil import walk_packages

import pytest
from sqlalchemy import bindparam, select

from serving import store
from serving.store.statements import Statement, statement
from serving.store.tables import events


def statements():
    for found in walk_packages(store.__path__, f"{store.__name__}."):
        if ".migrations" not in found.name:
            for name, one in vars(import_module(found.name)).items():
                parts = one.values() if isinstance(one, dict) else one if isinstance(one, tuple) else (one,)
                yield from ((f"{found.name}.{name}", part) for part in parts if isinstance(part, Statement))


def test_every_statement_of_the_store_is_one_for_both_databases():
    found = list(statements())
    assert len(found) > 80
    for name, one in found:
        assert one.sqlite.count("?") == one.postgres.count("%s"), name


def test_a_statement_whose_parameters_stand_otherwise_than_named_is_refused():
    query = select(events.c.seq).where(events.c.portfolio == bindparam("portfolio"), events.c.kind == bindparam("kind"))
    assert statement(query, "portfolio", "kind").sqlite.endswith("portfolio = ? AND events.kind = ?")
    for names in (("kind", "portfolio"), ("portfolio",)):
        with pytest.raises(ValueError, match="parameters"):
            assert statement(query, *names).postgres
