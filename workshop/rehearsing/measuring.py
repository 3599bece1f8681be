"""What is measured at a seat of a rehearsal, while it is open: the check command, memory, disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import connection

from spaces_site.errors import SpacesError
from workshop.models import Rehearsal
from workshop.pushing.commands import command_once
from workshop.rehearsing.verdict import Machine
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.engine_state import engine_info
from workspaces.files import disk_usage
from workspaces.models import Workspace
from workspaces.problems import Failed

OUTPUT_TAIL = 2000


def checked_all(rehearsal: Rehearsal, workspaces: list[Workspace]) -> dict[str, dict[str, Any]]:
    """What is to be noted of each seat, by public id; side by side."""

    def check(workspace: Workspace) -> dict[str, Any]:
        try:
            return _checked(rehearsal, workspace)
        finally:
            connection.close()

    with ThreadPoolExecutor(max(1, len(workspaces))) as threads:
        return dict(zip((one.public_id for one in workspaces), threads.map(check, workspaces), strict=True))


def machine_now(workspaces: list[Workspace]) -> Machine:
    """What the machine has for seats. The disk is the one that the first of them is on."""
    info, disk = engine_info(), None
    if workspaces:
        with suppress(SpacesError):
            disk = disk_usage(workspaces[0], seconds=0).available
    return Machine(info.memory_bytes if info else None, disk)


def _checked(rehearsal: Rehearsal, workspace: Workspace) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    engine = get_engine()
    try:
        if rehearsal.command:
            said = command_once(workspace, rehearsal.command, mark=f"rehearsal-{rehearsal.pk}")
            seen |= {"exit_code": said.exit_code, "output": said.output[-OUTPUT_TAIL:]}
            if said.exit_code or said.problem:
                seen["problem"] = f"COMMAND: {said.problem or said.exit_code}"
        usage, layer = engine.usage(workspace.engine_name), engine.layer_usage(workspace.engine_name)
        size = disk_usage(workspace).size
    except Failed as error:
        return seen | {"problem": error.code}
    except (EngineError, SpacesError) as error:
        return seen | {"problem": f"ENGINE: {error}"[:300]}
    seen["memory_bytes"] = usage.memory_bytes if usage else None
    seen["disk_bytes"] = size + (layer.layer_bytes if layer else 0)
    return seen
