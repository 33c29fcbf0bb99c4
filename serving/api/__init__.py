"""How do programs ask for decisions, and how do they tell what happened? The HTTP service."""

from serving.api.app import create_app

__all__ = ["create_app"]
