"""Conditions strategists write: a strict subset of SQL, one typed tree, several evaluators with one answer."""
