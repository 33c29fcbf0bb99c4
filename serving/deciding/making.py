"""From complete inputs to decisions and the rows that log them: no reading, no writing, nothing but arguments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np

from journeys.book import Book
from journeys.decisions import Decisions
from journeys.kernel import decide
from regua.records import Decision, canonical, digest
from regua.vocabulary import CHANNELS
from serving.deciding.inputs import CODES, Inputs, Packed, Shape
from serving.degrading.scoring import scored
from serving.permits.issuing import Leave, leaves
from serving.permits.modes import Mode
from serving.scoring.scorer import Scorer
from serving.store import Logged
from serving.store.instants import instant

ID_DIGITS = 26
PREFIXES: Mapping[Mode, str] = {Mode.LIVE: "dec_", Mode.SHADOW: "shd_", Mode.DRY_RUN: "dry_"}
"""What the identifier of a decision begins with: nobody takes a rehearsal for the real thing."""


@dataclass(frozen=True, slots=True)
class Made:
    """A decision and the row that logs it."""

    decision: Decision
    row: Logged


def make(inputs: Inputs, scorer: Scorer, book: Book, moment: datetime, mode: Mode = Mode.LIVE) -> list[Made]:
    """Score and decide.

    Parameters
    ----------
    inputs
        Profile with what happened since, and position.
    scorer, book, moment
        The release, the journeys and the moment; with the inputs they are all a decision depends on.
    mode
        What the decisions are for; contacts get leave in live ones alone.

    Returns
    -------
    One decision a row, in order, with its canonical bytes. The same arguments give the same bytes.

    Raises
    ------
    ModelFailedError
        A model could not be asked.
    """
    columns = inputs.columns
    scores = scored(columns, scorer)
    decisions = decide({**columns, **scores}, book, moment)
    packed = inputs.pack()
    based_on = (instant(moment), book.digest, scorer.release_id)
    identifiers = _identifiers(columns["customer_id"].tolist(), based_on, packed, PREFIXES[mode])
    digests = [{"bundle": scorer.release_id, "profile": row.digest} for row in packed]
    weighed = _channels_weighed(decisions)
    degraded = [
        (*(codes or ()), *_of_weighed(sources, channels, offer >= 0))
        for codes, sources, channels, offer in zip(
            columns[CODES], scores["score_sources"], weighed, decisions.offer.tolist(), strict=True
        )
    ]
    positions = _positions(decisions)
    records = decisions.records(identifiers, digests, degraded)
    made = _with_leave(records, leaves(decisions, identifiers)) if mode is Mode.LIVE else records
    return [
        Made(decision, _row(decision, row, position, scorer, book, inputs.shape))
        for decision, row, position in zip(made, packed, positions, strict=True)
    ]


def _with_leave(made: Iterable[Decision], found: Iterable[Leave | None]) -> Iterator[Decision]:
    for decision, leave in zip(made, found, strict=True):
        yield decision if leave is None else replace(decision, permit=leave.told())


def _channels_weighed(decisions: Decisions) -> list[int]:
    """Return the channels of each row's candidates, as bits."""
    channel = decisions.candidates.channel.astype(np.int64)
    weighed: list[int] = np.bitwise_or.reduce(np.where(channel >= 0, 1 << np.maximum(channel, 0), 0), axis=1).tolist()
    return weighed


@lru_cache(maxsize=4096)
def _of_weighed(sources: tuple[str, ...], channels: int, has_offer: bool) -> tuple[str, ...]:
    """Leave out the priors of channels that were not considered, and of offers where none rides: they did nothing."""
    silent = {f"prior_channel_response_{name}" for bit, name in enumerate(CHANNELS) if not channels >> bit & 1}
    if not has_offer:
        silent |= {code for code in sources if code.startswith("prior_offer_response_")}
    return tuple(code for code in sources if code not in silent)


def _identifiers(
    customer_ids: Sequence[str], based_on: tuple[str, str, str], packed: Sequence[Packed], prefix: str
) -> list[str]:
    return [
        prefix + digest("\n".join((customer_id, *based_on, row.digest)).encode())[:ID_DIGITS]
        for customer_id, row in zip(customer_ids, packed, strict=True)
    ]


def mode_of(decision_id: str) -> Mode:
    """Say what a decision was made for, as its identifier begins with it.

    Examples
    --------
    >>> mode_of("shd_fcb23c27b22d442f8c97b7203c").value
    'shadow'
    """
    return next((mode for mode, prefix in PREFIXES.items() if decision_id.startswith(prefix)), Mode.LIVE)


def _positions(decisions: Decisions) -> list[bytes]:
    names = list(decisions.position_next)
    rows = zip(*(decisions.position_next[name].tolist() for name in names), strict=True)
    return [canonical(dict(zip(names, values, strict=True))) for values in rows]


def _row(decision: Decision, packed: Packed, position: bytes, scorer: Scorer, book: Book, shape: Shape) -> Logged:
    return Logged(
        decision_id=decision.decision_id,
        customer_id=decision.customer_id,
        decided_at=decision.decided_at,
        action=decision.action,
        channel=decision.channel,
        send_at=decision.send_at,
        journey=decision.journey.name if decision.journey else None,
        release_id=scorer.release_id,
        book_digest=book.digest,
        shape_digest=shape.digest,
        position=position,
        body=decision.to_json(),
        inputs=packed.content,
    )
