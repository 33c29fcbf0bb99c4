"""Stage 4: by which ways could the due step be taken?"""

from collections.abc import Mapping

import numpy as np

from journeys.book.journeys import NO_WAIT
from journeys.stages.case import Case
from regua.columns import Array


def propose(case: Case) -> Mapping[str, Array]:
    """List the candidates of each due step, in the order the journey names them.

    Returns
    -------
    ``candidate_channels`` and ``candidate_actions``, ``(K, n)``, -1 where there is none or the channel was tried in
    this step already; ``purpose`` (0 collection, 1 service); ``is_ladder``: one way after the other, not the best.
    """
    steps = case.book.steps
    at, tried = case.columns["step_at"], case.columns["step_channels_tried"]
    due = at >= 0
    # Row -1 of the table is an empty step: whoever has none due gets no candidate.
    channels = steps.channels.take(at, axis=1)
    actions = steps.templates.take(at, axis=1)
    if tried.any():
        again = (channels >= 0) & (((tried >> np.maximum(channels, 0)) & 1) == 1)
        channels[again], actions[again] = -1, -1
    return {
        "candidate_channels": channels,
        "candidate_actions": actions,
        "purpose": steps.purposes.take(at),
        "is_ladder": due & (steps.waits.take(at) != NO_WAIT),
    }
