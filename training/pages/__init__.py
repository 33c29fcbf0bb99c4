"""How is what was learned shown to a reader? One frame, one style, one way to say a figure, for every page."""

from training.pages.rendering import render
from training.pages.speech import Speech, Words, read

__all__ = ["Speech", "Words", "read", "render"]
