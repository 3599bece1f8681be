"""The workspace that a page's address names."""

from __future__ import annotations

from accounts.actors import signed_in
from accounts.views.request import PageRequest
from workspaces.models import Workspace
from workspaces.selectors import workspace_get


def workspace_found(request: PageRequest, public_id: str) -> Workspace:
    """Raises `NotFound`; but `Unauthenticated` first, since for a visitor it may well be there once they signed in."""
    signed_in(request.actor)
    return workspace_get(request.actor, public_id)
