"""The tables of workspaces, one module per subject."""

from workspaces.models.access import GatewaySession, GatewayTicket
from workspaces.models.kind import ImageBuild, Kind
from workspaces.models.operation import Operation
from workspaces.models.platform import Heartbeat
from workspaces.models.workspace import Favorite, Workspace

__all__ = ["Favorite", "GatewaySession", "GatewayTicket", "Heartbeat", "ImageBuild", "Kind", "Operation", "Workspace"]
