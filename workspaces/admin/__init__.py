"""The administration of workspaces, one module per table. What it changes goes through the services."""

from workspaces.admin.images import ImageBuildAdmin
from workspaces.admin.kept import KeptFilesAdmin
from workspaces.admin.kinds import KindAdmin
from workspaces.admin.operations import OperationAdmin
from workspaces.admin.templates import TemplateAdmin
from workspaces.admin.workspaces import WorkspaceAdmin

__all__ = ["ImageBuildAdmin", "KeptFilesAdmin", "KindAdmin", "OperationAdmin", "TemplateAdmin", "WorkspaceAdmin"]
