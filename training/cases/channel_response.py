"""Who answers a channel, or answers in peace? Choices of a policy, each weighted by how seldom it was made."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from regua.columns import Array, Numbers
from training.cases import treatments
from training.cases.case import Cases, History, labelled
from training.cases.labels import KEPT, Labels, Window, answer, asked, later, numbers

if TYPE_CHECKING:
    import duckdb

_ANSWERED = """
WITH answers AS (
    SELECT contract_id, happened_at, greatest(known_at, happened_at) AS known FROM payments
    UNION ALL
    SELECT contract_id, happened_at, greatest(known_at, happened_at) FROM promises
)
SELECT q.row, count(a.contract_id)::DOUBLE AS answered
FROM asked AS q LEFT JOIN answers AS a
  ON a.contract_id = q.contract_id AND a.happened_at > q.since AND a.known <= q.at
GROUP BY q.row ORDER BY q.row
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List choices of each arm and whether a payment or a promise followed, known as of the dawn before."""
    plan = history.plan
    made = treatments.choices(
        history.connection, history.zone, plan, spec, history.as_of, history.customers, seed=history.seed
    )
    found = label(
        history.connection, made.contract, made.at, made.propensity, Window.of(spec), weight_maximum=plan.weight_maximum
    )
    return labelled(
        found,
        customer=made.customer,
        contract=made.contract,
        moment=made.at,
        known=made.dawn,
        arm=made.arm,
        extras={"propensity": made.propensity},
        lost=made.counts,
    )


def answered(connection: "duckdb.DuckDBPyConnection", contract_id: Array, moment: Array, window: Window) -> Array:
    """Say whether a contract saw a payment or a promise in the window, known by its end, ``(n,)``."""
    rows = asked(contract_id, moment, window.days).append_column("since", pa.array(later(moment, window.gap_days)))
    return np.asarray(numbers(answer(connection, _ANSWERED, rows), "answered") > 0)


def label(
    connection: "duckdb.DuckDBPyConnection",
    contract_id: Array,
    moment: Array,
    propensity: Numbers,
    window: Window,
    *,
    weight_maximum: float,
) -> Labels:
    """Label with 1 a treatment choice after which the contract saw a payment or a promise, contacted or not.

    Rows are weighted by ``1 / propensity`` cut at ``weight_maximum``; a choice without a propensity is excluded.
    """
    came = answered(connection, contract_id, moment, window)
    usable = np.nan_to_num(propensity) > 0
    excluded = np.where(usable, KEPT, "no_propensity").astype(object)
    weight = np.minimum(1.0 / np.where(usable, propensity, 1.0), weight_maximum)
    return Labels(np.where(usable, came.astype(np.float64), np.nan), weight, excluded)
