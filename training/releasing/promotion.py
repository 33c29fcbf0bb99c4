"""A challenger goes to work, or an earlier champion comes back, for the profile catalogue of this Regua."""

from datetime import datetime

from features import catalog
from models import promotion
from models.history import Change
from regua.settings import Settings


def promote(settings: Settings, release: str, *, by: str, approved_by: str, reason: str, at: datetime) -> Change:
    """Make a release the champion; see :func:`models.promotion.promote`."""
    known = catalog.catalog_digest()
    return promotion.promote(
        settings, release, catalog_digest=known, by=by, approved_by=approved_by, reason=reason, at=at
    )


def rollback(settings: Settings, *, by: str, approved_by: str, reason: str, at: datetime) -> Change:
    """Bring back the champion before the present one; see :func:`models.promotion.rollback`."""
    known = catalog.catalog_digest()
    return promotion.rollback(settings, catalog_digest=known, by=by, approved_by=approved_by, reason=reason, at=at)
