"""The groups of one person's workspaces: each has a name, and a workspace is in one of them or in none."""

from workspaces.services.groups.moves import (
    Moved,
    workspace_group_set,
    workspaces_move,
    workspaces_move_back,
)
from workspaces.services.groups.names import (
    MOST_GROUPS,
    UNCATEGORIZED,
    group_add,
    group_clean,
    group_delete,
    group_ensure,
    group_get,
    group_rename,
)

__all__ = [
    "MOST_GROUPS",
    "UNCATEGORIZED",
    "Moved",
    "group_add",
    "group_clean",
    "group_delete",
    "group_ensure",
    "group_get",
    "group_rename",
    "workspace_group_set",
    "workspaces_move",
    "workspaces_move_back",
]
