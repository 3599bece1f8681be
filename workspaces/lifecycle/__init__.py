"""Makes true on the engine what a row says. Safe twice, late, out of order, and for a row that is gone."""

from workspaces.lifecycle.perform import perform

__all__ = ["perform"]
