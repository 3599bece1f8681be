"""Waiting for an operation to settle, for callers that want the result. Watches the row, never the engine."""

from __future__ import annotations

import time

from django.db import connection

from workspaces.models import Operation, Workspace
from workspaces.states import OPEN_OPERATIONS

STEP_SECONDS = 0.05


def operation_wait(workspace: Workspace, seconds: float) -> None:
    """Return when nothing is open on the workspace any more, or after `seconds`. A row that is gone has settled."""
    until = time.monotonic() + seconds
    while Operation.objects.filter(workspace_public_id=workspace.public_id, state__in=OPEN_OPERATIONS).exists():
        if time.monotonic() >= until:
            return
        connection_give_back()
        time.sleep(STEP_SECONDS)  # the row is in a database, which cannot call back


def connection_give_back() -> None:
    """The connection goes back to its pool: some callers that wait would else keep everybody from the database."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()
