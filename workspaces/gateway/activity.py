"""Notes that somebody uses a workspace: one UPDATE a minute at most, whatever goes through the gateway."""

from __future__ import annotations

import asyncio
import logging
import time

from workspaces.gateway.authorise import Grant
from workspaces.gateway.threads import in_thread
from workspaces.services.used import workspace_used

EVERY = 60.0
log = logging.getLogger(__name__)
_noted: dict[int, float] = {}
_under_way: set[asyncio.Task[None]] = set()


def activity_note(grant: Grant, *, opened: bool = False) -> None:
    """The workspace was used just now, and with `opened` its app was opened by a person. Returns at once."""
    now = time.monotonic()
    if not opened and now - _noted.get(grant.workspace_id, -EVERY) < EVERY:
        return
    _noted[grant.workspace_id] = now
    task = asyncio.get_running_loop().create_task(_note(grant.workspace_id, opened))
    _under_way.add(task)  # the loop itself keeps no task alive
    task.add_done_callback(_under_way.discard)


async def _note(workspace_id: int, opened: bool) -> None:
    try:
        await in_thread(workspace_used, workspace_id, opened=opened)
    except Exception:
        log.exception("Could not note the use of workspace %s", workspace_id)
