"""Presets for new workspaces."""

from workspaces.templating.preset import Preset

__all__ = ["Preset", "preset_get"]


def preset_get(name: str) -> Preset:
    """The preset of that name."""
    return Preset(name=name)
