"""What should one know of a model before trusting it? A card: in HTML and Markdown, in Portuguese and English."""

from models.cards import lint
from training.judging.card.facts import About
from training.judging.card.writing import title, write

__all__ = ["About", "lint", "title", "write"]
