"""What tests of copies share."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.models import User
from workspaces.models import Workspace
from workspaces.services.cloning import Cloning, workspace_clone


def clone(owner: User, source: Workspace, count: int, **options: str) -> Cloning:
    """Copies are asked for in a browser."""
    return workspace_clone(Actor(owner, "browser"), source, count=count, **options)


def clones_of(source: Workspace) -> list[Workspace]:
    """Those there are, in the order in which they were asked for, with what the worker has made of them."""
    return list(Workspace.objects.exclude(pk=source.pk).select_related("snapshot").order_by("pk"))


def states_of(source: Workspace) -> list[str]:
    return [one.state for one in clones_of(source)]
