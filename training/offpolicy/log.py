"""A log of choices: what was done, with what chance, and what it brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from regua.columns import Array, Columns, Flags, Numbers
from regua.errors import DataError
from training import own_table
from training.causal.trial import LEAST_CUSTOMERS, LEAST_ROWS, chances, folds
from training.own_table import Facts

ACTIONS_MAXIMUM = 500


@dataclass(frozen=True, slots=True, eq=False)
class BanditLog:
    """Rounds of a logged policy, in an order of their own, so that the order of a file changes nothing.

    Parameters
    ----------
    actions
        Names of all actions, sorted; ``taken`` holds positions in it.
    taken
        ``(n,)`` the action of each round.
    reward
        ``(n,)`` finite numbers in the unit of the table.
    propensity
        ``(n,)`` chance with which the logged policy took this very action, in (0, 1].
    customer
        ``(n,)`` whose round it is; the bootstrap and folds take customers whole.
    facts
        What was known before the choice; may have no columns.
    columns
        Other columns of the table in the same order, such as chances of a target policy.
    open
        ``(n, actions)`` which actions could be taken at all; None: every one of them, always.
    why_no_facts
        Why nothing is known before the choices, where something was asked for.
    """

    actions: tuple[str, ...]
    taken: Array
    reward: Numbers
    propensity: Numbers
    customer: Array
    facts: Facts
    columns: Columns = field(default_factory=dict)
    open: Flags | None = None
    why_no_facts: str = ""

    def __len__(self) -> int:
        return len(self.reward)

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each action was taken."""
        return dict(zip(self.actions, np.bincount(self.taken, minlength=len(self.actions)).tolist(), strict=True))

    def folds(self, seed: int, number: int) -> Array:
        """Return ``(n,)`` folds from 0, whole customers together, by keyed dice."""
        return folds(self.customer, seed, "offpolicy", number)

    @classmethod
    def of(
        cls,
        columns: Columns,
        *,
        action: str,
        reward: str,
        propensity: str,
        features: Sequence[str] = (),
        customer: str | None = None,
        also: Sequence[str] = (),
    ) -> "BanditLog":
        """Make a log of a table.

        Parameters
        ----------
        action, reward, propensity, customer
            Names of columns. Without a customer each round is somebody else's.
        features
            Columns known before the choice, for estimators with a reward model and for greedy targets.
        also
            Columns to keep as they are.

        Raises
        ------
        DataError
            A column is missing, a reward is infinite or missing, a propensity is 0, above 1 or missing, one action
            only, or too few rounds.
        """
        chosen = own_table.words(columns, action, "action")
        earned = own_table.numbers(columns, reward, "reward")
        chance = chances(own_table.numbers(columns, propensity, "propensity"), propensity)
        actions = tuple(sorted(set(chosen.tolist())))
        _enough(actions, action, len(earned))
        laid = own_table.facts(columns, features, strict=True)
        for name in also:
            own_table.pick(columns, name, "target")
        keys = own_table.row_keys(
            columns, [action, reward, propensity, *([customer] if customer else []), *laid.names, *also]
        )
        who = own_table.words(columns, customer, "customer") if customer else keys
        if len(set(who.tolist())) < LEAST_CUSTOMERS:
            raise DataError(f"{len(set(who.tolist()))} customers", expected=f"at least {LEAST_CUSTOMERS}")
        order = own_table.canonical_order(who, keys)
        place = {name: position for position, name in enumerate(actions)}
        taken = np.array([place[name] for name in chosen.tolist()], np.int64)
        kept = {name: columns[name][order] for name in also}
        return cls(actions, taken[order], earned[order], chance[order], who[order], laid.take(order), kept)


def _enough(actions: tuple[str, ...], name: str, rounds: int) -> None:
    if rounds < LEAST_ROWS:
        raise DataError(f"{rounds} rounds", expected=f"at least {LEAST_ROWS}", remedy="wait for more of the log")
    if len(actions) < 2:
        raise DataError(
            f"{name} has one value only: {actions[0]!r}",
            expected="a log of choices between actions",
            remedy="a policy that never tries anything else cannot tell what else would have brought",
        )
    if len(actions) > ACTIONS_MAXIMUM:
        raise DataError(
            f"{name} has {len(actions):,} values",
            expected=f"at most {ACTIONS_MAXIMUM} actions",
            remedy="check --action",
        )
