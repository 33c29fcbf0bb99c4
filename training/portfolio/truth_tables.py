"""The latent traits as a table: for evaluation, never for a decision."""

import numpy as np
import pyarrow as pa

from training.portfolio import naming
from training.portfolio.channels import CHANNELS
from training.portfolio.state import State


def latents_table(state: State) -> pa.Table:
    """Show each customer's hidden traits, one row a customer; reach and taste have one column a channel."""
    people = state.people
    columns = {
        "customer_id": naming.customer_ids(people.number),
        "ability": pa.array(people.ability),
        "willingness": pa.array(people.willingness),
        "forgets": pa.array(people.forgets),
        "is_sleeping_dog": pa.array(people.is_dog),
        "pay_day": pa.array(people.pay_day),
        "peak_hour": pa.array(people.peak_hour),
        "peak_strength": pa.array(people.peak_strength),
    }
    for position, channel in enumerate(CHANNELS):
        columns[f"reach_{channel}"] = pa.array(people.reach[:, position])
        columns[f"taste_{channel}"] = pa.array(people.taste[:, position])
        columns[f"is_wrong_{channel}"] = pa.array(np.ascontiguousarray(people.is_wrong[:, position]))
    return pa.table(columns)
