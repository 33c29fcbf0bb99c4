"""Live on from the end of a history: given today's decisions, the events of the day."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from regua.columns import Array, Columns
from regua.errors import DataError
from training.portfolio import actions as actions_of
from training.portfolio import agreed_rows, arrears, contracts, ladder, points, regions, rows
from training.portfolio.actions import Actions, ContractFinder
from training.portfolio.days import Today, calendar_day
from training.portfolio.living import always, live
from training.portfolio.log import Log
from training.portfolio.luck import Luck
from training.portfolio.state import State, pick
from training.portfolio.world import World


@dataclass(slots=True)
class Simulation:
    """A simulated world that can be lived day by day, and branched to live the same days otherwise.

    The same actions on the same day give the same events; other actions meet the same luck.
    """

    state: State
    world: World
    luck: Luck
    finder: ContractFinder

    @classmethod
    def load(cls, truth: Path, world: World, seed: int | None = None) -> "Simulation":
        """Take a generated history up where it ended.

        Parameters
        ----------
        truth
            The folder :func:`~training.portfolio.generate.generate` wrote.
        seed
            The luck of the days to come; the history's own when not given.

        Raises
        ------
        DataError
            The folder holds no state of a simulation, or one of another world.
        """
        parts = sorted((truth / "state").glob("part-*.npz"))
        if not parts or not (truth / "simulation.json").exists():
            raise DataError(
                f"no state of a simulated portfolio in {truth}",
                expected="the truth folder of a generated book",
                remedy="run regua simulate",
            )
        facts = json.loads((truth / "simulation.json").read_text(encoding="utf-8"))
        if facts.get("world", world.digest) != world.digest:
            raise DataError(
                f"the history in {truth} was made in another world ({facts['world'][:12]}…)",
                expected=f"the world it was made in; this one is {world.digest[:12]}…",
                remedy="give the world file it was made with, or make a new book with regua simulate",
            )
        state = State.join([State.load(part) for part in parts])
        return cls(state, world, Luck(facts["seed"] if seed is None else seed), ContractFinder(state))

    @property
    def day(self) -> date:
        """The next day to be lived."""
        return calendar_day(self.state.day)

    def copy(self) -> "Simulation":
        """Branch off: the same people and luck, whose days may be lived with other treatments."""
        return Simulation(self.state.copy(), self.world, self.luck, self.finder)

    def ladder_actions(self, *, explore: bool = False) -> dict[str, Array]:
        """Return what the old static ladder would do on the day to be lived, as columns :meth:`step` takes.

        Parameters
        ----------
        explore
            Whether it leaves its small share to chance, as in the history.
        """
        today = self._today()
        chosen = ladder.choose(
            self.state, self.world, self.luck, today, arrears.look(self.state, today), explore=explore
        )
        return actions_of.to_columns(self.state, chosen, self.world.offers.names)

    def step(self, actions: Columns | None = None) -> dict[str, pa.Table]:
        """Live through the day.

        Parameters
        ----------
        actions
            What is done today, see :func:`~training.portfolio.actions.read`; contracts without an action are left in
            peace and get no row in ``treatments``.

        Returns
        -------
        The day's rows of every canonical table, new or changed (a row with a known key replaces the older one).
        Instants may lie ahead (a message read tomorrow, a payment that clears on Monday, an opt-out tonight): a row
        counts from its ``known_at``, and a column ``<state>_at`` from its own time.
        """
        today, offers = self._today(), self.world.offers.names
        planned = Actions.none() if actions is None else actions_of.read(actions, self.finder, today, offers)
        log = Log()
        live(self.state, self.world, self.luck, always(planned), log)
        shown = rows.tables(self.state, log, offers) | agreed_rows.tables(self.state, log, offers)
        shown["contact_points"] = points.changed_points(self.state, log.rows("troubles"))
        shown["region_months"] = regions.months_known_on(self.world, self.state.origin, today.date)
        shown["contracts"] = self._changed_contracts(today)
        return shown

    def contract_ids(self) -> Sequence[str]:
        """Return every contract's identifier, in the order of the state."""
        return self.finder.contract_ids

    def _today(self) -> Today:
        return Today.of(self.state.day, self.state.origin)

    def _changed_contracts(self, today: Today) -> pa.Table:
        book = self.state.contracts
        days = (book.opened_on, book.closed_on, book.placed_on)
        changed = np.flatnonzero(np.any([day == today.number for day in days], axis=0))
        return contracts.contracts_table(
            self.world, self.luck, self.state.people, pick(book, changed), today.number + 1
        )
