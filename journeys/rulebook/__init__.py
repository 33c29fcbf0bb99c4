"""What do law and house permit? Policies as dated, cited values, and what they come to on a day."""
