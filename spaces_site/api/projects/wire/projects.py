"""Projects as they are answered: one shape for lists and for one, made of a row's values without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from django.conf import settings

from spaces_site.api.projects.wire.aliases import AliasOut
from spaces_site.api.projects.wire.rules import KIND, memory_out
from spaces_site.api.spaces.wire import time_out
from workspaces.gateway.hosts import host_label
from workspaces.gateway.tickets import site_url
from workspaces.services.groups import UNCATEGORIZED
from workspaces.states import State

FIELDS = (
    "pk", "public_id", "name", "owner__username", "kind__slug", "starter", "git_url", "group__name", "notes", "state",
    "error", "memory_mb", "cpus", "network_mode", "password_encrypted", "created_at", "last_opened_at",
    "last_activity_at",
)  # fmt: skip
"""The values that `project_out` needs."""
STATUS = {
    State.CREATING: "creating",
    State.STARTING: "creating",
    State.RUNNING: "running",
    State.PAUSING: "running",
    State.PAUSED: "running",
    State.STOPPING: "running",
    State.STOPPED: "stopped",
    State.DELETING: "stopped",
    State.ERROR: "error",
}
"""The four words there are. A paused one counts as running: it keeps its memory, and a visit finds it as it was. One
that is about to run is `creating` and one that is about to stop still `running`, so that who polls goes on polling."""
PROXY_MODES = {"logging", "security"}
Row = Mapping[str, Any]


class ResourcesOut(TypedDict):
    cpu: str
    memory: str


class ContainerOut(TypedDict):
    """`status`: running, paused, stopped, creating or error; `health`: healthy, starting, paused, stopping, stopped,
    unhealthy or, when the engine does not answer, unknown."""

    status: str
    health: str
    uptime: str
    resources: ResourcesOut


class ProjectOut(TypedDict):
    """`error` says why the last thing that was asked of it failed, if it did; `container` comes with one project."""

    id: str
    projectId: str
    name: str
    projectName: str
    type: str
    projectType: str
    status: str
    createdAt: str
    lastActivity: str
    lastAccessed: str
    workspaceUrl: str
    passwordProtected: bool
    hasGitRepo: bool
    gitRepoUrl: str | None
    gitRepository: str | None
    gitUrl: str | None
    group: str
    notes: str
    memoryLimit: str
    cpuCores: str
    proxyMode: str
    diskUsage: int | None
    aliases: list[AliasOut]
    owner: str
    error: NotRequired[str]
    container: NotRequired[ContainerOut]


class BriefOut(TypedDict):
    id: str
    projectId: str
    status: str
    workspaceUrl: str


class ListOut(TypedDict):
    """`count`: how many there are, whatever page of them this is."""

    success: bool
    projects: list[ProjectOut]
    count: int


class OneOut(TypedDict):
    success: bool
    project: ProjectOut


class CreatedOut(TypedDict):
    """`password` comes back when it was set just now."""

    success: bool
    project: ProjectOut
    password: NotRequired[str]


class StartedOut(TypedDict):
    success: bool
    message: str
    project: BriefOut


class StoppedOut(TypedDict):
    success: bool
    message: str
    projectId: str
    project: BriefOut


class DeletedOut(TypedDict):
    success: bool
    message: str
    projectId: str


def project_out(row: Row, aliases: Sequence[AliasOut] = ()) -> ProjectOut:
    """`row`: the values of a workspace that `FIELDS` names."""
    public_id, name, project_type = row["public_id"], row["name"], _type(row)
    created, used = time_out(row["created_at"]), time_out(row["last_activity_at"])
    shown: ProjectOut = {
        "id": public_id,
        "projectId": public_id,
        "name": name,
        "projectName": name,
        "type": project_type,
        "projectType": project_type,
        "status": STATUS[row["state"]],
        "createdAt": created,
        "lastActivity": used,
        "lastAccessed": time_out(row["last_opened_at"]) if row["last_opened_at"] else used,
        "workspaceUrl": address_of(public_id),
        "passwordProtected": bool(row["password_encrypted"]),
        "hasGitRepo": False,
        "gitRepoUrl": None,
        "gitRepository": None,
        "gitUrl": row["git_url"] or None,
        "group": row["group__name"] or UNCATEGORIZED,
        "notes": row["notes"],
        "memoryLimit": memory_out(row["memory_mb"]),
        "cpuCores": f"{row['cpus']:g}",
        "proxyMode": row["network_mode"] if row["network_mode"] in PROXY_MODES else "none",
        "diskUsage": None,
        "aliases": list(aliases),
        "owner": row["owner__username"],
    }
    if row["state"] == State.ERROR:
        shown["error"] = row["error"]
    return shown


def brief_out(project: ProjectOut) -> BriefOut:
    """What is said of a project that was started or stopped."""
    return {
        "id": project["id"],
        "projectId": project["id"],
        "status": project["status"],
        "workspaceUrl": project["workspaceUrl"],
    }


def address_of(public_id: str) -> str:
    """Where the editor of a workspace is, as `workspace_url` has it, of which no more is known than its id."""
    return site_url(f"{host_label(public_id)}.{settings.BASE_HOST}") + "/"


def _type(row: Row) -> str:
    """What it began with. One that was made elsewhere: `empty`, or what it is where it is no editor."""
    if row["starter"]:
        return str(row["starter"])
    if row["kind__slug"] != KIND:
        return str(row["kind__slug"])
    return "git-clone" if row["git_url"] else "empty"
