"""Stage 4: by which ways could the due step be taken?"""

from collections.abc import Mapping

import numpy as np

from journeys.book.steps import NO_WAIT, Steps
from journeys.stages.case import Case, Rows
from journeys.stages.offer import asked, riding
from regua.columns import Array
from regua.vocabulary import CHANNELS


def propose(case: Case) -> Mapping[str, Array]:
    """List the candidates of each due step, in the order the journey names them.

    From here on only customers with a contact due are looked at: ``case.due`` are their rows, and the tables of the
    case have one column, or one entry, for each of them.

    Returns
    -------
    ``task`` (``(n,)``, index of the action that is work for people, -1 none). Tables: ``step`` (row in ``book.steps``);
    ``candidate_channels`` and ``candidate_actions``, ``(K, due)``, -1 where there is none or the channel was tried in
    this step already; ``candidate_bits``, their channels as bits; ``channels_used``, those that are some candidate's;
    ``candidate_places``, ``(K, due)``, where to find each in a table by used channel, with a last row for none, laid
    flat; ``purpose`` (0 collection, 1 service, 2 notice); ``is_ladder``: one way after the other, not the best;
    ``offers``, what rides with each step, with its ``offer_payment_cents`` and the ``income_cents`` it must leave
    enough of.
    """
    steps = case.book.steps
    # Row -1 of the table is an empty step: whoever has none due gets no task.
    task = steps.tasks.take(case.columns["step_at"])
    case.due = ((case.columns["step_at"] >= 0) & (task < 0)).nonzero()[0]
    at, tried = case.columns["step_at"][case.due], case.columns["step_channels_tried"][case.due]
    channels = steps.channels.take(at, axis=1)
    actions = steps.templates.take(at, axis=1)
    used, bits = _used(steps, at), steps.bits.take(at)
    places = _places(steps, at, used)
    if tried.any():
        again = (channels >= 0) & (((tried >> np.maximum(channels, 0)) & 1) == 1)
        channels[again], actions[again] = -1, -1
        bits &= ~tried
        rank, place = again.nonzero()
        places[rank, place] = len(used) * len(at) + place
    case.tables.update(
        step=at,
        candidate_channels=channels,
        candidate_actions=actions,
        candidate_places=places,
        candidate_bits=bits,
        channels_used=used,
        purpose=steps.purposes.take(at),
        is_ladder=steps.waits.take(at) != NO_WAIT,
    )
    offers = riding(case)
    payment, income = asked(case, offers.which)
    case.tables.update(offers=offers, offer_payment_cents=payment, income_cents=income)
    return {"task": task}


def _used(steps: Steps, at: Rows) -> Rows:
    """List the channels some due step names: the steps are few, the customers many."""
    named = steps.channels[:, np.bincount(at).nonzero()[0]]
    used: Rows = np.bincount(named.reshape(-1) + 1)[1:].nonzero()[0]
    return used


def _places(steps: Steps, at: Rows, used: Rows) -> Rows:
    """Find each candidate in a ``(used + 1, due)`` table laid flat: by step first, since steps are few."""
    row_of = np.full(len(CHANNELS) + 1, len(used), np.intp)
    row_of[used] = np.arange(len(used))
    places: Rows = (row_of.take(steps.channels) * len(at)).take(at, axis=1)
    places += np.arange(len(at))
    return places
