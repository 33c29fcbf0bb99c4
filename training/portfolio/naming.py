"""Pseudonymous identifiers of the simulated book, made from whole numbers so that no chunk can change them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from training.portfolio.channels import CHANNELS
from training.portfolio.luck import Whole

PRODUCT_SLOTS = 8
"""A contract's number is its customer's number times this, plus the position of its product."""


def text(values: NDArray[np.integer] | Whole) -> pa.Array:
    """Write whole numbers as text."""
    return pc.cast(pa.array(values), pa.string())


def joined(*parts: pa.Array | str) -> pa.Array:
    """Join pieces row by row without a separator."""
    return pc.binary_join_element_wise(*[pa.scalar(p) if isinstance(p, str) else p for p in parts], "")


def customer_ids(numbers: Whole) -> pa.Array:
    """Name customers: ``C000000042``."""
    return joined("C", pc.utf8_lpad(text(numbers), 9, "0"))


def contract_ids(numbers: Whole) -> pa.Array:
    """Name contracts after their customer and product: ``C000000042-1``."""
    return joined(customer_ids(numbers // PRODUCT_SLOTS), "-", text(numbers % PRODUCT_SLOTS + 1))


def invoice_ids(contracts: pa.Array, month: Whole, suffix: pa.Array | str = "") -> pa.Array:
    """Name invoices after their contract and counted month: ``C000000042-1-202503``."""
    return joined(contracts, "-", text(month // 12 * 100 + month % 12 + 1), suffix)


def channel_letters(channels: Whole) -> pa.Array:
    """Name a channel inside a contact's identifier."""
    return pa.array([channel.value for channel in CHANNELS]).take(pa.array(channels))
