"""What does a customer read or hear? One content, written for each channel, with values that are never interpreted."""

from journeys.rendering.render import Button, Rendering, render

__all__ = ["Button", "Rendering", "render"]
