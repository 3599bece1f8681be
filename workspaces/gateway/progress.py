"""Waking a workspace for a visitor, and how far that is, for the page that waits."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import NotFound
from workspaces.gateway.grant import Grant
from workspaces.gateway.threads import in_thread
from workspaces.models import Operation, Workspace
from workspaces.reasons import reason_shown
from workspaces.services.work import workspace_start
from workspaces.states import UNSETTLED, State, Step

WAKES = frozenset({State.STOPPED, State.PAUSED, State.STOPPING, State.PAUSING})
"""A visit starts these. Not one that failed: the person must see why, and ask again."""
JUST_STARTED = timedelta(seconds=60)
_LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """`state` of the workspace, `percent` 0–100 and `step` (in the visitor's language) of what is under way.

    `ready`: it answers. `waiting`: it will, without anybody doing anything.
    """

    state: str
    percent: int
    step: str
    error: str
    ready: bool = False
    waiting: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def wake(grant: Grant, address: str | None) -> None:
    """The workspace is starting, on behalf of who visits; a visitor with the password acts for the owner.

    Raises what `workspace_start` raises: a limit is reached, the engine is away.
    """
    workspace = Workspace.objects.select_related("owner", "kind").filter(pk=grant.workspace_id).first()
    if workspace is None:
        raise NotFound(_("This workspace was deleted."))
    user = workspace.owner if grant.user_id is None else User.objects.get(pk=grant.user_id)
    workspace_start(Actor(user=user, via="gateway", address=address), workspace, password=None)


async def progress_of(grant: Grant) -> Progress:
    """How far the workspace is, and whether the port that is visited answers yet."""
    found = await in_thread(_progress_in_database, grant)
    if found.state != State.RUNNING:
        return replace(found, waiting=found.state in UNSETTLED - {State.DELETING})
    if grant.is_running and await listens(grant):
        return replace(found, ready=True)
    waiting = (grant.is_editor or grant.view_only) and _is_young(grant)
    return replace(found, step=str(Step.READY.label), percent=99, waiting=waiting)


def _progress_in_database(grant: Grant) -> Progress:
    workspace = Workspace.objects.filter(pk=grant.workspace_id).only("state", "error").first()
    if workspace is None:
        return Progress(State.DELETING, 0, "", "")
    error = reason_shown(workspace.error)
    operation = Operation.objects.filter(workspace_id=grant.workspace_id).order_by("-created_at").first()
    if operation is None or workspace.state == State.RUNNING:
        return Progress(workspace.state, 100 if workspace.state == State.RUNNING else 0, "", error)
    step = reason_shown(operation.detail) or str(Step(operation.step).label)
    return Progress(workspace.state, operation.percent, step, error)


def _is_young(grant: Grant) -> bool:
    return grant.started_at is not None and timezone.now() - grant.started_at < JUST_STARTED


async def listens(grant: Grant) -> bool:
    """Whether something takes connections at the granted port."""
    try:
        async with asyncio.timeout(_LOOK):
            _reader, writer = await asyncio.open_connection(grant.address, grant.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
