"""Which bills do we doubt? Five rules of what customers complain of; a doubted bill puts contact about it on hold."""

from features.checks.billing import HOLDS_PART, RULES, check_billing
from features.checks.rule import Rule

__all__ = ["HOLDS_PART", "RULES", "Rule", "check_billing"]
