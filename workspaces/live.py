"""Tells open pages that something changed. Losing such a message is harmless: unsettled rows are also polled."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from workspaces.models import Workspace

STAFF_GROUP = "staff"
EVERYBODY_GROUP = "everybody"

log = logging.getLogger(__name__)
_server_loop: asyncio.AbstractEventLoop | None = None


def user_group(user_id: int) -> str:
    """Channel group of one person's pages."""
    return f"user.{user_id}"


def workspace_group(public_id: str) -> str:
    """Channel group of the pages of those with whom a workspace is shared."""
    return f"workspace.{public_id}"


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the server's loop. The in-memory layer's queues belong to it and must not be touched from other threads."""
    global _server_loop
    _server_loop = loop


def _send(groups: list[str], message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return

    async def send() -> None:
        for group in groups:
            await layer.group_send(group, message)

    try:
        if not settings.EMBEDDED:
            async_to_sync(send)()
        elif _server_loop is not None and _server_loop.is_running():
            asyncio.run_coroutine_threadsafe(send(), _server_loop)
    except Exception:  # whatever the layer's transport raises: a page that is late is no reason to fail the work
        log.warning("a live update was lost", exc_info=True)


def tell_after_commit(groups: list[str], what: dict[str, Any]) -> None:
    """After commit, tell the pages of these groups that `what` changed: its `type` and `id`."""
    message = {"type": "changed", "what": what}
    transaction.on_commit(lambda: _send(groups, message), robust=True)


def workspace_changed(workspace: Workspace) -> None:
    """After commit, tell the pages of those who may see the workspace."""
    groups = [user_group(workspace.owner_id), workspace_group(workspace.public_id), STAFF_GROUP]
    message = {"type": "changed", "what": {"type": "workspace", "id": workspace.public_id}}
    transaction.on_commit(lambda: _send(groups, message), robust=True)


def shares_changed(workspace: Workspace, user_id: int) -> None:
    """After commit, tell the pages of the owner and of whom it is shared with from now on, or no longer."""
    workspace_changed(workspace)
    message = {"type": "shares_changed", "what": {"type": "workspace", "id": workspace.public_id}}
    transaction.on_commit(lambda: _send([user_group(user_id)], message), robust=True)


def groups_changed(user_id: int) -> None:
    """After commit, tell the pages of that person that their groups of workspaces have other names."""
    message = {"type": "changed", "what": {"type": "groups"}}
    transaction.on_commit(lambda: _send([user_group(user_id)], message), robust=True)


def platform_changed(subject: str) -> None:
    """After commit, tell every page that "images" or the "engine" changed."""
    message = {"type": "changed", "what": {"type": subject}}
    transaction.on_commit(lambda: _send([EVERYBODY_GROUP], message), robust=True)
