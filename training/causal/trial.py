"""A trial: who was given which treatment, with what chance, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regua.columns import Array, Columns, Flags, Numbers
from regua.dice import draw, identity
from regua.errors import DataError
from training import own_table, regressor
from training.own_table import Facts

LEAST_ROWS = 100
LEAST_OF_EACH = 30
LEAST_CUSTOMERS = 10
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Rows of a trial in an order of their own (by customer), so that the order of a file changes nothing.

    Parameters
    ----------
    facts
        What was known of each row before the treatment.
    treatment
        ``(n,)`` names of treatments; ``control`` is one of them.
    outcome
        ``(n,)`` finite numbers; 0 and 1, or any amount.
    customer
        ``(n,)`` whose row it is: folds and the bootstrap take customers whole.
    propensity
        ``(n,)`` chance of the treatment received, where it is known; None: it is estimated.
    """

    facts: Facts
    treatment: Array
    outcome: Numbers
    customer: Array
    control: str
    propensity: Numbers | None = None

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def arms(self) -> tuple[str, ...]:
        """Treatments other than the control, sorted."""
        return tuple(sorted(set(self.treatment.tolist()) - {self.control}))

    @property
    def is_binary(self) -> bool:
        """Whether the outcome is yes or no."""
        return regressor.is_yes_or_no(self.outcome)

    def rows_of(self, arm: str) -> Flags:
        """Return where a treatment or the control was given."""
        return np.isin(self.treatment.astype(str), (arm, self.control))

    def folds(self, seed: int, purpose: str = "fold", number: int = FOLDS) -> Array:
        """Return ``(n,)`` folds from 0, whole customers together, by keyed dice."""
        return folds(self.customer, seed, purpose, number)

    @classmethod
    def of(
        cls,
        columns: Columns,
        *,
        treatment: str,
        outcome: str,
        control: str | None = None,
        features: Sequence[str] | None = None,
        without: Sequence[str] = (),
        customer: str | None = None,
        propensity: str | None = None,
    ) -> "Trial":
        """Make a trial of a table.

        Parameters
        ----------
        treatment, outcome, customer, propensity
            Names of columns. Without a customer each row is somebody else; without a propensity it is estimated.
        control
            The treatment others are compared with; 0, no, none, control or nothing when None.
        features
            Columns known before the treatment; all others when None, except those in ``without``.

        Raises
        ------
        DataError
            A column is missing, the treatment has one value only, the outcome is one class only or infinite, a
            propensity is 0, above 1 or missing, or there are too few rows or customers.
        """
        given, result = own_table.words(columns, treatment, "treatment"), own_table.numbers(columns, outcome, "outcome")
        roles = [name for name in (treatment, outcome, customer, propensity) if name]
        named = list(features) if features is not None else [n for n in columns if n not in {*roles, *without}]
        if both := set(named) & {treatment, outcome, *([propensity] if propensity else [])}:
            raise DataError(
                f"{', '.join(sorted(both))} cannot be a feature", expected="what was known before the treatment"
            )
        chance = chances(own_table.numbers(columns, propensity, "propensity"), propensity) if propensity else None
        basis = _control(given, control, treatment)
        _enough(given, result, outcome, basis)
        laid = own_table.facts(columns, named, strict=features is not None)
        keys = own_table.row_keys(columns, [*roles, *laid.names])
        who = own_table.words(columns, customer, "customer") if customer else keys
        if len(set(who.tolist())) < LEAST_CUSTOMERS:
            raise DataError(f"{len(set(who.tolist()))} customers", expected=f"at least {LEAST_CUSTOMERS}")
        order = own_table.canonical_order(who, keys)
        return cls(
            laid.take(order), given[order], result[order], who[order], basis, None if chance is None else chance[order]
        )


def folds(customer: Array, seed: int, purpose: str = "fold", number: int = FOLDS) -> Array:
    """Give each customer a fold from 0 by keyed dice: all his rows learn together or are judged together.

    Examples
    --------
    >>> both = folds(np.array(["ana", "bia", "ana"], object), 7)
    >>> bool(both[0] == both[2])
    True
    """
    luck = draw(identity(customer), f"causal/{purpose}", number, seed)
    return np.minimum((luck * number).astype(np.int64), number - 1)


def chances(values: Numbers, name: str) -> Numbers:
    """Return propensities as they are, or refuse what cannot be the chance of something that happened."""
    wrong = np.flatnonzero(~((values > 0) & (values <= 1)))
    if len(wrong):
        raise DataError(
            f"{name} is {values[wrong[0]]:g} in {len(wrong):,} rows, first in row {wrong[0] + 1}",
            expected="the chance of what was done: above 0, at most 1",
            remedy="log the chance of the action taken at the moment it was taken, or leave these rows out",
        )
    return values


def _control(given: Array, control: str | None, name: str) -> str:
    known: list[str] = sorted(set(given.tolist()))
    if len(known) < 2:
        raise DataError(
            f"{name} has one value only: {known[0]!r}",
            expected="a treatment and a control",
            remedy="bring the rows of those who were left alone, too",
        )
    if control is not None:
        if control in known:
            return control
        raise DataError(
            f"{name} never is {control!r}", expected=f"one of {', '.join(known[:8])}", remedy="correct --control"
        )
    usual = [value for value in known if value.strip().lower() in USUAL_CONTROLS or value.lower().startswith("no ")]
    if len(usual) == 1:
        return usual[0]
    raise DataError(
        f"no telling which of {', '.join(known[:8])} is the control",
        expected="the control named",
        remedy="add --control",
    )


USUAL_CONTROLS = frozenset({"0", "false", "no", "none", "control", "nothing", "placebo"})


def _enough(given: Array, result: Numbers, outcome: str, control: str) -> None:
    if len(result) < LEAST_ROWS:
        raise DataError(
            f"{len(result)} rows", expected=f"at least {LEAST_ROWS}", remedy="an effect needs many more: thousands"
        )
    if result.min() == result.max():
        raise DataError(
            f"{outcome} is {result[0]:g} in every row",
            expected="both classes, or amounts that differ",
            remedy="check --outcome",
        )
    for arm in sorted(set(given.tolist())):
        rows = int((given == arm).sum())
        if rows < LEAST_OF_EACH:
            raise DataError(
                f"{rows} rows of {'the control ' if arm == control else ''}{arm!r}",
                expected=f"at least {LEAST_OF_EACH} rows of each treatment",
                remedy="bring more rows, or leave this treatment out",
            )
