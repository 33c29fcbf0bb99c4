"""Which cases can be learned from, what was known of each, and what happened after it?"""
