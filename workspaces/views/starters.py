"""What a new workspace may begin with, as the form offers it and the page of a workspace explains it."""

from __future__ import annotations

from workspaces.models import Workspace
from workspaces.starters import STARTERS, Starter

KIND = "code-server"
"""The kind that has what they need to run."""
USUAL = "empty"


def starter_of(workspace: Workspace) -> Starter | None:
    """What the workspace began with, if that can be started."""
    return next((starter for starter in STARTERS if starter.slug == workspace.starter and starter.command), None)
