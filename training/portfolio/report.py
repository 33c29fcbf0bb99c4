"""What the simulated book looks like beside published levels: arrears, self-cure, roll, reading, planted errors."""

from dataclasses import dataclass
from typing import Any

from regua.vocabulary import ARREARS_BUCKETS
from training.portfolio.channels import CHANNELS
from training.portfolio.log import ERROR_KINDS, Tally


@dataclass(frozen=True, slots=True)
class PortfolioReport:
    """Figures of a generated history.

    ``self_cure_share_30d`` counts the episodes of arrears cured within 30 days with no human contact;
    ``unread_cure_share_30d`` those cured with no contact read at all. ``roll_share`` is, by arrears bucket, the share
    of contracts found in a worse bucket a month later; ``back_share`` in a better one. ``arrangement_kept_share`` is of
    the arrangements that ended.
    """

    customers: int
    rows: dict[str, int]
    arrears_share: float
    late_share: float
    cure_share_30d: float
    self_cure_share_15d: float
    self_cure_share_30d: float
    unread_cure_share_30d: float
    roll_share: dict[str, float]
    back_share: dict[str, float]
    read_share: dict[str, float]
    contacts_sent: dict[str, int]
    promise_kept_share: float
    arrangement_kept_share: float
    planted_errors: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


def report(customers: int, rows: dict[str, int], tally: Tally) -> PortfolioReport:
    """Turn counts into shares."""
    moves = dict(zip((str(bucket) for bucket in ARREARS_BUCKETS), tally.moves, strict=True))
    channels = [str(channel) for channel in CHANNELS]
    return PortfolioReport(
        customers=customers,
        rows=rows,
        arrears_share=_share(tally.arrears_days, tally.customer_days),
        late_share=_share(tally.episodes, tally.bills_due),
        cure_share_30d=_share(tally.cured_30d, tally.episodes),
        self_cure_share_15d=_share(tally.self_cured_15d, tally.episodes),
        self_cure_share_30d=_share(tally.self_cured_30d, tally.episodes),
        unread_cure_share_30d=_share(tally.unread_cured_30d, tally.episodes),
        roll_share={name: _share(counts[0], counts.sum()) for name, counts in moves.items()},
        back_share={name: _share(counts[2], counts.sum()) for name, counts in moves.items()},
        read_share=dict(zip(channels, map(_share, tally.read, tally.sent), strict=True)),
        contacts_sent=dict(zip(channels, map(int, tally.sent), strict=True)),
        promise_kept_share=_share(tally.promises[0], tally.promises.sum()),
        arrangement_kept_share=_share(tally.arrangements[0], tally.arrangements.sum()),
        planted_errors=dict(zip(ERROR_KINDS, map(int, tally.planted), strict=True)),
    )


def _share(part: Any, whole: Any) -> float:
    return round(float(part) / float(whole), 4) if whole else 0.0
