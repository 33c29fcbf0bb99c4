"""What may be written, and how is it read? Strict YAML, names, conditions and the fields they may name."""
