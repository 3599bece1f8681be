"""What a new workspace may begin with: the starters, and their files in `files/<slug>`."""

from workspaces.starters.catalogue import STARTERS, Starter, starter_get
from workspaces.starters.contents import starter_files
from workspaces.starters.fitting import starter_for

__all__ = ["STARTERS", "Starter", "starter_files", "starter_for", "starter_get"]
