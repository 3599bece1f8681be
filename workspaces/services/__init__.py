"""Changes that people and programs ask for.

Each checks, moves the row, writes the audit event, and sends a task after commit.
"""

from workspaces.services.create import workspace_create
from workspaces.services.details import workspace_favorite, workspace_password_set, workspace_rename
from workspaces.services.sharing import share_add, share_remove, share_role_set
from workspaces.services.waiting import operation_wait
from workspaces.services.work import (
    workspace_delete,
    workspace_pause,
    workspace_restart,
    workspace_resume,
    workspace_start,
    workspace_stop,
)

__all__ = [
    "operation_wait",
    "share_add",
    "share_remove",
    "share_role_set",
    "workspace_create",
    "workspace_delete",
    "workspace_favorite",
    "workspace_password_set",
    "workspace_pause",
    "workspace_rename",
    "workspace_restart",
    "workspace_resume",
    "workspace_start",
    "workspace_stop",
]
