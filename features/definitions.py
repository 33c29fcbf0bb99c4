"""All that ``feast apply`` reads: the entities, views and service of the book in ``REGUA_HOME``.

Feast imports every file of its folder by bare name, which would register the views twice and skip ``profile.py`` for
the standard library's; ``.feastignore`` keeps it to this one.
"""

from features.entities import contract, customer
from features.views import feature_views, profile_service
from regua import settings

contract_arrears, contract_payments, customer_contacts, customer_promises, customer_context = _VIEWS = feature_views(
    settings.load()
)
profile = profile_service(list(_VIEWS))

__all__ = [
    "contract",
    "contract_arrears",
    "contract_payments",
    "customer",
    "customer_contacts",
    "customer_context",
    "customer_promises",
    "profile",
]
