"""Cases to learn from or to judge by, side by side in columns."""

from dataclasses import dataclass

import numpy as np

from regua.columns import Array, Columns, Numbers, take
from regua.dice import draw, identity


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Cases with their answers.

    ``columns`` are the profile as of the observation, ``label`` is 0 or 1, ``weight`` is positive, ``moment`` is the
    observation (``datetime64[us]``), ``customer`` says whose case it is; all ``(n,)``.
    """

    columns: Columns
    label: Numbers
    weight: Numbers
    moment: Array
    customer: Array

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: Array | slice) -> "Examples":
        """Pick cases by position, mask or slice."""
        return Examples(
            take(self.columns, rows), self.label[rows], self.weight[rows], self.moment[rows], self.customer[rows]
        )

    @property
    def positives(self) -> int:
        """How many answer yes."""
        return int(self.label.sum())


def drawn_by_customer(customer: Array, maximum: int, purpose: str, seed: int) -> Array:
    """Choose at most ``maximum`` rows, whole customers together, by keyed dice; positions in rising order.

    Examples
    --------
    >>> len(drawn_by_customer(np.array(["a", "b", "a"], object), 2, "example", 7))
    2
    """
    if len(customer) <= maximum:
        return np.arange(len(customer))
    luck = draw(identity(customer), f"rows/{purpose}", 0, seed)
    return np.sort(np.argsort(luck, kind="stable")[:maximum])
