"""Stage 4: by which ways could the due step be taken?"""

from collections.abc import Mapping

import numpy as np

from journeys.case import Case
from journeys.compiled import NO_WAIT
from regua.columns import Array


def propose(case: Case) -> Mapping[str, Array]:
    """List the candidates of each due step, in the order the journey names them.

    Returns
    -------
    ``candidate_channels`` and ``candidate_actions``, ``(n, K)``, -1 where there is none or the channel was tried in
    this step already; ``purpose`` (0 collection, 1 service); ``is_ladder``: one way after the other, not the best.
    """
    steps = case.book.steps
    at = case.columns["step_at"]
    if not len(steps.purposes):
        nothing = np.full((case.n, 1), -1, np.int8)
        none = np.zeros(case.n, np.bool_)
        return {"candidate_channels": nothing, "candidate_actions": nothing.astype(np.int16),
                "purpose": none.astype(np.intp), "is_ladder": none}  # fmt: skip
    due = at >= 0
    tried = case.columns["step_channels_tried"]
    channels = steps.channels[at]
    offered = due[:, None] & (channels >= 0)
    if tried.any():
        offered &= ((tried[:, None] >> np.maximum(channels, 0)) & 1) == 0
    return {
        "candidate_channels": np.where(offered, channels, np.int8(-1)),
        "candidate_actions": np.where(offered, steps.templates[at], np.int16(-1)),
        "purpose": np.where(due, steps.purposes[at], 0).astype(np.intp),
        "is_ladder": due & (steps.waits[at] != NO_WAIT),
    }
