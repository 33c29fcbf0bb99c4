"""Profiles in a sandbox: those of test customers, made of what the store says of them, beside the home's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from features import catalog
from regua.clock import local_date, start_of_day, utc
from regua.columns import Array, Columns
from regua.errors import UnavailableError
from regua.settings import Settings
from serving.deciding.inputs import Inputs
from serving.deciding.profiles import Profiles, found
from serving.degrading.profiles import SteadyProfiles
from serving.happenings.counting import LOOK_BACK
from serving.happenings.live import overlay
from serving.privacy.forgetting import forgotten
from serving.sandbox.parts import Actor, Part
from serving.sandbox.rows import profile_of
from serving.store import Store

_NAMES = ("contract_id", *(one.name for one in catalog.FEATURES if one.name != "contract_id"))


class SandboxProfiles:
    """Profiles of test customers, and of everybody else those of the home, if it has any.

    A test customer's profile is of the last midnight, as a nightly snapshot is, or of the instant it was made, if that
    was later: what was reported of it before is in it, and what came since is laid over it as over any other.
    """

    def __init__(self, settings: Settings, store: Store, beside: Profiles) -> None:
        self._zone, self._store, self._beside = settings.zone, store, beside

    @property
    def problem(self) -> str | None:
        """Why the home's own customers cannot be read as usual; None where they can."""
        return self._beside.problem if isinstance(self._beside, SteadyProfiles) else None

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked; see :class:`serving.deciding.profiles.Profiles`."""
        kept = self._store.sandbox.actors_among(list(customer_ids))
        if not kept:
            return self._others(customer_ids, at)
        actors = {name: Actor.of(one) for name, one in kept.items()}
        own = [name for name in customer_ids if name in actors]
        others = [name for name in customer_ids if name not in actors]
        made = self._made([actors[name] for name in own], utc(at))
        if not others:
            return made
        rest = self._others(others, at)
        is_own = np.array([name in actors for name in customer_ids], dtype=bool)
        return {name: _put_together(made.get(name), rest.get(name), is_own) for name in made.keys() | rest.keys()}

    def _others(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        try:
            return self._beside.read(customer_ids, at)
        except UnavailableError:
            # A sandbox needs no book of its own: nobody is known but those who play a part.
            nobody = np.full(len(customer_ids), -1, dtype=np.int64)
            return found(customer_ids, {}, nobody, np.full(len(customer_ids), np.datetime64("NaT"), "datetime64[us]"))

    def _made(self, actors: Sequence[Actor], at: datetime) -> dict[str, Array]:
        """Make the profiles of test customers as they stood at the last midnight."""
        names, midnight = [one.customer_id for one in actors], start_of_day(local_date(at, self._zone), self._zone)
        known = [one.part is not Part.NOT_FOUND and one.begins_at <= at for one in actors]
        rows = [profile_of(one, at, self._zone) for one in actors]
        columns = {name: _column([row[name] for row in rows], known) for name in _NAMES}
        begins = _stamps([one.begins_at for one in actors], known)
        columns |= {"customer_id": np.array(names, dtype=object), "has_profile": np.array(known, dtype=np.float64)}
        since = min(one.begins_at for one in actors) - LOOK_BACK
        live = self._store.live(names, since, max(midnight, since))
        inputs = Inputs.fit(columns)
        is_older = np.array([one.begins_at < midnight for one in actors]) & ~np.isnat(begins)
        # Where a customer stands in a journey, and what is planned, is no part of a profile.
        reported = replace(live, plans=(), positions={}, erased_at={})
        overlay(inputs.columns, np.where(is_older, begins, np.datetime64("NaT")), reported, midnight, self._zone)
        profile = {name: inputs.columns[name] for name in ("customer_id", "has_profile", *_NAMES)}
        profile["profile_at"] = np.where(is_older, _stamps([midnight] * len(actors), known), begins)
        # Whoever was erased does not come back with the next midnight.
        gone = {name: max(when, midnight) for name, when in live.erased_at.items()}
        return forgotten(profile, gone) if gone else profile


def _column(values: Sequence[float | str | None], known: Sequence[bool]) -> Array:
    is_text = any(isinstance(value, str) for value in values)
    absent = None if is_text else np.nan
    kept = [value if is_known else absent for value, is_known in zip(values, known, strict=True)]
    return np.array(kept, dtype=object if is_text or None in kept else np.float64)


def _stamps(instants: Sequence[datetime], known: Sequence[bool]) -> Array:
    written = [
        np.datetime64(one.replace(tzinfo=None), "us") if is_known else np.datetime64("NaT", "us")
        for one, is_known in zip(instants, known, strict=True)
    ]
    return np.array(written, dtype="datetime64[us]")


def _put_together(own: Array | None, rest: Array | None, is_own: Array) -> Array:
    """Put two sets of rows in the order they were asked for; a column one of them lacks is NULL there."""
    parts = [(part, rows) for part, rows in ((own, is_own), (rest, ~is_own)) if part is not None]
    kind = parts[0][0].dtype
    nothing: object = np.datetime64("NaT") if kind.kind == "M" else np.nan if kind == np.float64 else None
    column = np.full(len(is_own), nothing, dtype=kind)
    for part, rows in parts:
        column[rows] = part
    return column
