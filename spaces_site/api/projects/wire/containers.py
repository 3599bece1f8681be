"""How the container of one project is. This asks the engine, so it is for one project and never for each of a list."""

from __future__ import annotations

from django.utils import timezone

from spaces_site.api.platform.wire import duration
from spaces_site.api.projects.wire.projects import STATUS, ContainerOut, ResourcesOut
from spaces_site.errors import Unavailable
from workspaces.models import Workspace
from workspaces.states import State
from workspaces.stats.disk import readable_size
from workspaces.stats.sampling import Stats, sampled

HEALTH = {
    State.CREATING: "starting",
    State.STARTING: "starting",
    State.RUNNING: "healthy",
    State.PAUSING: "healthy",
    State.STOPPING: "stopping",
    State.PAUSED: "paused",
    State.ERROR: "unhealthy",
}
LIVE = {State.RUNNING, State.PAUSING, State.PAUSED, State.STOPPING}


def container_out(workspace: Workspace) -> ContainerOut:
    """What the row says, and what it uses as the engine says; where that is silent, `unknown` stands for figures."""
    state, stats = State(workspace.state), _stats(workspace)
    since = workspace.started_at if state in LIVE else None
    return {
        "status": "paused" if state == State.PAUSED else STATUS[state],
        "health": HEALTH.get(state, "stopped") if stats else "unknown",
        "uptime": duration((timezone.now() - since).total_seconds() if since else 0),
        "resources": resources_out(stats),
    }


def resources_out(stats: Stats | None) -> ResourcesOut:
    if stats is None:
        return {"cpu": "unknown", "memory": "unknown"}
    return {
        "cpu": f"{stats.cpu_percent:.1f}%",
        "memory": readable_size(stats.memory_usage_bytes).replace(" ", ""),
    }


def _stats(workspace: Workspace) -> Stats | None:
    try:
        return sampled(workspace)
    except Unavailable:
        return None
