"""By what a workspace's ports are asked: those of a kind with HTTPS of its own, and all others."""

from __future__ import annotations

from workspaces.models import Workspace


def app_scheme(workspace: Workspace, port: int) -> str:
    """The kind's for the port that it names. Any other is http: one inside it, or that of a container that was made
    before the kind changed to another."""
    return workspace.kind.scheme if port == workspace.kind.port else "http"
