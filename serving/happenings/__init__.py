"""What happened since, and what does it change? Events at the border, kept once, laid over what was known."""
