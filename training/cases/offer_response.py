"""Which offers were taken? Every contact that carried one, by the kind of offer, and the arrangement made from it."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from training.cases import contacts
from training.cases.case import Cases, History

# An arrangement that names its contact was made from that one alone; one that names none, from any of its kind before.
_TAKEN = """
, taken AS (
    SELECT DISTINCT sent.contact_id
    FROM sent JOIN kinds_of_offers AS k ON k.offer = sent.offer JOIN arrangements AS a
      ON a.customer_id = sent.customer_id AND a.kind = k.kind AND a.happened_at >= sent.happened_at
     AND greatest(a.known_at, a.happened_at) <= sent.ends
     AND CASE WHEN a.contact_id IS NULL THEN coalesce(a.contract_id = sent.contract_id, true)
              ELSE a.contact_id = sent.contact_id END
)
"""

_SEEN = "SELECT offer, min(kind) AS kind FROM arrangements GROUP BY offer HAVING count(DISTINCT kind) = 1"


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contacts that carried an offer and whether it was taken; one of no known kind is counted and left out."""
    kinds = kinds_of_offers(history)
    names = {"offer": pa.array(list(kinds), pa.string()), "kind": pa.array(list(kinds.values()), pa.string())}
    history.connection.register("kinds_of_offers", pa.table(names))
    try:
        found = contacts.sent(
            history,
            spec,
            "taken.contact_id IS NOT NULL",
            only="offer IS NOT NULL",
            joins="LEFT JOIN taken USING (contact_id)",
            more=_TAKEN,
        )
    finally:
        history.connection.unregister("kinds_of_offers")
    arm = np.array([kinds.get(offer, "") for offer in found["offer"]], object)
    unknown = ~np.isin(arm.astype(str), spec.arms)
    return contacts.cases(history, {**found, "why": contacts.also(found, unknown, "unknown_offer")}, arm=arm)


def kinds_of_offers(history: History) -> Mapping[str, str]:
    """Return the kind of each offer: as the shipped book has it, or as every arrangement under its name was."""
    from journeys.book import load

    seen = {str(offer): str(kind) for offer, kind in history.connection.sql(_SEEN).fetchall()}
    return dict(sorted((seen | {offer.name: str(offer.kind) for offer in load().offers.offers}).items()))
