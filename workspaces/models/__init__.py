"""The tables of workspaces, one module per subject."""

from workspaces.models.access import GatewaySession, GatewayTicket, Share
from workspaces.models.batch import Batch
from workspaces.models.group import WorkspaceGroup
from workspaces.models.history import HistoryMark
from workspaces.models.kept import ContainerKey, KeptFiles
from workspaces.models.kind import ImageBuild, Kind
from workspaces.models.operation import Operation
from workspaces.models.platform import Heartbeat
from workspaces.models.port import Alias, PortShare
from workspaces.models.setup import Setup
from workspaces.models.snapshot import Snapshot
from workspaces.models.spare import Spare
from workspaces.models.template import Template
from workspaces.models.workspace import Favorite, Workspace

__all__ = [
    "Alias",
    "Batch",
    "ContainerKey",
    "Favorite",
    "GatewaySession",
    "GatewayTicket",
    "Heartbeat",
    "HistoryMark",
    "ImageBuild",
    "KeptFiles",
    "Kind",
    "Operation",
    "PortShare",
    "Setup",
    "Share",
    "Snapshot",
    "Spare",
    "Template",
    "Workspace",
    "WorkspaceGroup",
]
