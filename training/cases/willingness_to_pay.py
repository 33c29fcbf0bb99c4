"""Who pays anything or promises, once reached?"""

import numpy as np

from models.base import ModelSpec
from models.willingness_to_pay import REACHED_DAYS
from training.cases import engagement, grid
from training.cases.case import Cases, History
from training.cases.channel_response import answered
from training.cases.labels import KEPT, Window, unweighted


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contracts in arrears of customers reached of late, and whether a payment or a promise followed."""
    seen = grid.in_arrears(history, spec)
    was_reached = engagement.reached(history.connection, seen.customer, seen.moment, REACHED_DAYS)
    seen = seen.take(was_reached, {"not_reached": int((~was_reached).sum())}).drawn(history, spec)
    came = answered(history.connection, seen.contract, seen.moment, Window.of(spec))
    return seen.cases(unweighted(came.astype(np.float64), np.full(len(came), KEPT, object)))
