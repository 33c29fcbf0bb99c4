"""What a billing rule is: a name, a sentence in each language, and a query for the invoices it doubts."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing customers complain of about a bill.

    Attributes
    ----------
    sentence
        What is wrong, by language (``pt-BR``, ``en``), as a customer or an auditor would read it.
    query
        SQL over the canonical tables that gives ``invoice_id``, ``evidence``, ``known_at`` (when all facts that make
        the invoice doubtful were known) and ``settled_at`` (when a fact outside the invoice ended the doubt, or
        NULL). Several lines for one invoice are one suspicion.
    """

    name: str
    sentence: Mapping[str, str]
    query: str
