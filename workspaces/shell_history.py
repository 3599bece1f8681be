"""Takes what was typed in the shells of a workspace into the audit."""

from __future__ import annotations

from workspaces.models import Workspace


def history_wanted(workspace: Workspace) -> None:
    """After commit, have what was typed since the last time taken in."""
