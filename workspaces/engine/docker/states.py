"""A container's state, read from what the engine's inspection or list says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workspaces.engine.base import ContainerState, Status
from workspaces.engine.docker.networks import network_address

_STATUS: dict[str, Status] = {
    "created": "created",
    "running": "running",
    "restarting": "running",
    "paused": "paused",
    "exited": "stopped",
    "dead": "stopped",
    "removing": "stopped",
}
_FRACTION = re.compile(r"\.(\d{6})\d*")


def state_from_inspect(data: Mapping[str, Any]) -> ContainerState:
    """From `inspect_container`, whole."""
    state = data["State"]
    return ContainerState(
        name=data["Name"].lstrip("/"),
        id=data["Id"],
        status=_STATUS[state["Status"]],
        image=data["Config"]["Image"],
        address=network_address(data["NetworkSettings"]["Networks"]) if state["Running"] else "",
        started_at=time_of(state["StartedAt"]),
        finished_at=time_of(state["FinishedAt"]),
        exit_code=state["ExitCode"],
        oom_killed=state["OOMKilled"],
        labels=data["Config"]["Labels"] or {},
    )


def state_from_list(row: Mapping[str, Any]) -> ContainerState:
    """From a row of `containers`, which has no times and no exit codes."""
    status = _STATUS[row["State"]]
    return ContainerState(
        name=row["Names"][0].lstrip("/"),
        id=row["Id"],
        status=status,
        image=row["Image"],
        address=network_address(row["NetworkSettings"]["Networks"]) if status in ("running", "paused") else "",
        labels=row["Labels"] or {},
    )


def time_of(text: str) -> datetime | None:
    """Docker's time with nanoseconds; its zero time is none."""
    if not text or text.startswith("0001-"):
        return None
    return datetime.fromisoformat(_FRACTION.sub(r".\1", text).replace("Z", "+00:00"))
