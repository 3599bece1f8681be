"""What the containers API takes and answers. Its words (project, container) stay in this file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from rest_framework import serializers

from spaces_site.api.fields import FilesField
from spaces_site.api.spaces.wire import STATUS, container_id, password_out, time_out
from workspaces.commands import CommandResult
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Workspace
from workspaces.states import State


def _text(name: str, help_text: str, most: int = 200, **options: Any) -> serializers.CharField:
    """A required text, whose errors name it."""
    missing = f"{name} is required"
    return serializers.CharField(
        max_length=most,
        help_text=help_text,
        error_messages={"required": missing, "blank": missing, "null": missing, "invalid": f"{name} is a text"},
        **options,
    )


class PairIn(serializers.Serializer[Any]):
    """Names one of the caller's containers by two texts that the caller chose."""

    projectId = _text("projectId", "The caller's own name for a project.")  # noqa: N815
    workspaceId = _text("workspaceId", "The caller's own name for a workspace of it.")  # noqa: N815

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"project": attrs.pop("projectId"), "key": attrs.pop("workspaceId"), **attrs}


class ExecIn(PairIn):
    command = _text("command", "Run by a login shell in /workspace.", most=100_000, trim_whitespace=False)


class StartIn(PairIn):
    files = FilesField(required=False, allow_null=True, default=None, help_text="Put below /workspace.")
    type = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        default="",
        max_length=100,
        help_text="The kind of a container that is made: `code-server` unless it says `kicad`, `blender`, `terminal` …",
    )


class SyncIn(PairIn):
    files = FilesField(
        help_text="Put below /workspace; may be empty.",
        error_messages={"required": "files is required", "null": "files is required"},
    )
    clean = serializers.BooleanField(required=False, default=False, help_text="Empty /workspace first.")


class ThemeIn(PairIn):
    theme = _text("theme", "A theme as the editor lists it: `Default Dark Modern` …", most=100)


class ContainerOut(TypedDict):
    id: str
    containerId: str
    name: str
    status: str
    running: bool
    image: str
    port: int
    accessUrl: str
    createdAt: str
    startedAt: str | None
    finishedAt: str | None


class ContainerWithPasswordOut(ContainerOut):
    password: NotRequired[str]


class StartedOut(TypedDict):
    success: bool
    message: str
    data: ContainerOut


class StatusOut(TypedDict):
    success: bool
    message: str
    data: ContainerWithPasswordOut


class DoneOut(TypedDict):
    success: bool
    message: str


class ExecOut(TypedDict):
    success: bool
    output: str
    error: str
    exitCode: int


class SuccessOut(TypedDict):
    success: bool


def container_out(workspace: Workspace) -> ContainerOut:
    return {
        "id": workspace.public_id,
        "containerId": container_id(workspace),
        "name": workspace.name,
        "status": STATUS[State(workspace.state)],
        "running": workspace.state in (State.RUNNING, State.PAUSING),
        "image": workspace.kind.image,
        "port": workspace.port,
        "accessUrl": workspace_url(workspace),
        "createdAt": time_out(workspace.created_at),
        "startedAt": _time(workspace.started_at),
        "finishedAt": _time(workspace.stopped_at),
    }


def status_out(workspace: Workspace) -> StatusOut:
    """With the password, if it has one: who asks by that pair is its owner."""
    data: ContainerWithPasswordOut = {**container_out(workspace)}
    if password := password_out(workspace):
        data["password"] = password
    return {"success": True, "message": "Container status retrieved successfully", "data": data}


def exec_out(result: CommandResult) -> ExecOut:
    """`success`: the command was run; how it ended is in `exitCode`."""
    return {"success": True, "output": result.stdout, "error": result.stderr, "exitCode": result.exit_code}


def _time(time: datetime | None) -> str | None:
    return time_out(time) if time else None
