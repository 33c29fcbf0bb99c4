"""How does a decision come about? Seven stages, one file each, over the customers of one case."""
