"""How an older store becomes today's: one step a version, each in the transaction that marks it done."""
