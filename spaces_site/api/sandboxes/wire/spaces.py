"""Spaces."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from spaces_site.api.spaces.wire import time_out
from workspaces.models import Workspace
from workspaces.nodes.reading import NodeSpace
from workspaces.states import State

STATUS = {State.RUNNING: "running", State.PAUSING: "running", State.PAUSED: "paused"}
"""Of three words; what is about to run is still `stopped`, which is where the engine has it."""


class VolumeOut(TypedDict):
    name: str
    mountpoint: str


class SpaceOut(TypedDict):
    name: str
    id: str
    status: str
    created: str
    started: str
    image: str
    memory: int | None
    cpus: float | None
    lastActivity: str
    volume: NotRequired[VolumeOut]
    node: NotRequired[str]
    error: NotRequired[str]


class OneSpaceOut(TypedDict):
    space: SpaceOut


class SpacesOut(TypedDict):
    spaces: list[SpaceOut]


class MessageOut(TypedDict):
    message: str


def space_out(workspace: Workspace, node: str = "") -> SpaceOut:
    """`error` says why the last thing that was asked of it failed, if it did."""
    space: SpaceOut = {
        "name": workspace.name,
        "id": workspace.public_id,
        "status": STATUS.get(State(workspace.state), "stopped"),
        "created": time_out(workspace.created_at),
        "started": time_out(workspace.started_at),
        "image": workspace.kind.image,
        "memory": workspace.memory_mb * 1024**2,
        "cpus": workspace.cpus,
        "lastActivity": time_out(workspace.last_activity_at),
        "volume": {"name": workspace.engine_name, "mountpoint": workspace.kind.data_path},
    }
    if node:
        space["node"] = node
    if workspace.state == State.ERROR:
        space["error"] = workspace.error
    return space


def node_space_out(space: NodeSpace) -> SpaceOut:
    """A space on another machine."""
    return {
        "name": space.name,
        "id": space.id,
        "status": space.status,
        "created": space.created,
        "started": space.started,
        "image": space.image,
        "memory": space.memory,
        "cpus": space.cpus,
        "lastActivity": space.last_activity,
        "node": space.node,
    }
