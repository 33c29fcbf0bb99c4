"""All that is kept of one person, in one document the person may be given (LGPD 18, GDPR 15)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from serving.privacy import seeing
from serving.service import Service


def export(service: Service, customer_id: str, at: datetime) -> dict[str, Any]:
    """Return all that is kept of somebody.

    Raises
    ------
    NotFoundError
        Nobody of this name was ever here.
    """
    seen = seeing.see(service, customer_id, at)
    person = seen.person
    return {
        "customer_id": customer_id,
        "exported_at": at,
        "erased_at": person.erased_at,
        "features": list(seeing.features(seen, is_masked=False)),
        "decisions": [orjson.loads(row.body) for row in person.decisions if not row.is_erased],
        "events": [asdict(event) for event in person.events],
        "permits": [asdict(permit) for permit in person.permits],
        "reviews": [asdict(review) for review in service.store.reviews.of(customer_id)],
    }
