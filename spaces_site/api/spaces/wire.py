"""What the Spaces API takes and answers. Its words (space, type) stay in this file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict

from rest_framework import serializers

from spaces_site.errors import Unavailable
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Workspace
from workspaces.passwords import password_decrypt
from workspaces.states import State

CREATED = "Container created successfully"
DESCRIPTIONS = {"code-server": "VS Code Server", "blender": "Blender 3D", "kicad": "KiCad PCB Design"}
NEVER = "0001-01-01T00:00:00Z"
"""Docker's word for a time that has not been."""

STATUS = {
    State.CREATING: "created",
    State.STARTING: "starting",
    State.RUNNING: "running",
    State.PAUSING: "running",
    State.PAUSED: "paused",
    State.STOPPING: "stopping",
    State.STOPPED: "exited",
    State.DELETING: "removing",
    State.ERROR: "error",
}
"""As the engine would call them, which is what clients of this API look for."""


class CreateIn(serializers.Serializer[Any]):
    """Becomes `workspace_create`'s keywords; without a password only the owner gets in."""

    type = serializers.CharField(
        help_text="A kind of workspace: `code-server`, `blender`, `kicad`, `terminal` …",
        error_messages={
            "required": "Container type is required",
            "blank": "Container type is required",
            "null": "Container type is required",
        },
    )
    password = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="8 to 50 characters, or none."
    )
    name = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"kind": attrs["type"], "password": attrs["password"], "name": attrs["name"]}


class FavoriteIn(serializers.Serializer[Any]):
    """Without `is_favorite` the star is turned over."""

    is_favorite = serializers.BooleanField(required=False, allow_null=True, default=None)


class CreatedOut(TypedDict):
    message: str
    spaceId: int
    containerId: str
    type: str
    description: str
    image: str
    port: int
    accessUrl: str
    status: str
    error: str | None


class DoneOut(TypedDict):
    message: str
    spaceId: int
    containerId: str


class DeletedOut(TypedDict):
    message: str
    spaceId: int


class FavoriteOut(TypedDict):
    success: bool
    is_favorite: bool


class StatusOut(TypedDict):
    spaceId: int
    containerId: str
    type: str
    description: str
    accessUrl: str
    status: str
    running: bool
    startedAt: str
    finishedAt: str
    error: str | None


class ItemOut(TypedDict):
    id: int
    type: str
    description: str
    image: str
    port: int
    access_url: str
    created_at: str
    container_id: str
    name: str
    password: str | None
    running: bool
    is_favorite: bool
    last_opened_at: str | None
    status: str
    error: str | None


class ListOut(TypedDict):
    message: str
    spaces: list[ItemOut]


def time_out(time: datetime | None) -> str:
    """ISO 8601 in UTC with milliseconds, as JavaScript writes it."""
    if time is None:
        return NEVER
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def created_out(workspace: Workspace) -> CreatedOut:
    return {
        "message": CREATED if workspace.state != State.ERROR else "Container created, but it did not start",
        "spaceId": workspace.pk,
        "containerId": container_id(workspace),
        "type": workspace.kind.slug,
        "description": description(workspace),
        "image": workspace.kind.image,
        "port": workspace.port,
        "accessUrl": workspace_url(workspace),
        "status": STATUS[State(workspace.state)],
        "error": workspace.error or None,
    }


def done_out(workspace: Workspace, message: str) -> DoneOut:
    return {"message": message, "spaceId": workspace.pk, "containerId": container_id(workspace)}


def status_out(workspace: Workspace) -> StatusOut:
    return {
        "spaceId": workspace.pk,
        "containerId": container_id(workspace),
        "type": workspace.kind.slug,
        "description": description(workspace),
        "accessUrl": workspace_url(workspace),
        "status": STATUS[State(workspace.state)],
        "running": workspace.state in (State.RUNNING, State.PAUSING),
        "startedAt": time_out(workspace.started_at),
        "finishedAt": time_out(workspace.stopped_at),
        "error": workspace.error or None,
    }


def item_out(workspace: Workspace) -> ItemOut:
    """A row of the list; the password is its owner's own."""
    return {
        "id": workspace.pk,
        "type": workspace.kind.slug,
        "description": description(workspace),
        "image": workspace.kind.image,
        "port": workspace.port,
        "access_url": workspace_url(workspace),
        "created_at": time_out(workspace.created_at),
        "container_id": container_id(workspace),
        "name": workspace.name,
        "password": password_out(workspace),
        "running": workspace.state in (State.RUNNING, State.PAUSING),
        "is_favorite": workspace.is_favorite,  # type: ignore[attr-defined]
        "last_opened_at": time_out(workspace.last_opened_at) if workspace.last_opened_at else None,
        "status": STATUS[State(workspace.state)],
        "error": workspace.error or None,
    }


def password_out(workspace: Workspace) -> str | None:
    """None without one, and for one that a new secret key has made unreadable: the list says more than that."""
    try:
        return password_decrypt(workspace.password_encrypted) or None
    except Unavailable:
        return None


def container_id(workspace: Workspace) -> str:
    """The engine's id once it has one; until then the name, which the engine takes as well."""
    return workspace.container_id or workspace.engine_name


def description(workspace: Workspace) -> str:
    """As the document has it for the kinds that it knows, otherwise the kind's title."""
    return DESCRIPTIONS.get(workspace.kind.slug, workspace.kind.title)
