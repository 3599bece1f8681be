"""Waits until the app of a container answers; says why when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from workspaces.app_scheme import app_scheme
from workspaces.engine.base import ContainerState, Engine
from workspaces.lifecycle.beside import looking
from workspaces.models import Workspace
from workspaces.problems import Failed
from workspaces.reasons import ENDED_AT_START, MEMORY_AT_START, SILENT_AT_START
from workspaces.states import Step

READY_LIMIT = timedelta(minutes=2)


def until_ready(
    workspace: Workspace,
    engine: Engine,
    state: ContainerState,
    report: Callable[..., None],
    each_second: Callable[[], None] = lambda: None,
) -> ContainerState:
    """`state` as it is once the app answers. Raises `Failed` when it ends before, or stays silent too long."""
    report(Step.READY, 75)
    if not workspace.kind.has_app:
        return state
    began = last_word = time.monotonic()
    with looking() as pause:
        port, path = workspace.port, workspace.kind.health_path
        while not engine.probe(state, port, path, app_scheme(workspace, port)):
            now = time.monotonic()
            if now - began > READY_LIMIT.total_seconds():
                raise Failed("APP_SILENT", _still_silent(engine.logs(workspace.engine_name)))
            if now - last_word > 1:
                last_word = now
                each_second()
                report(Step.READY, min(95, 75 + int(now - began)))  # also notices that nobody waits any more
                seen = engine.inspect(workspace.engine_name)
                if seen is None or seen.status == "stopped":
                    raise _ended(engine, workspace, seen)
                state = seen
            pause()
    return state


def _ended(engine: Engine, workspace: Workspace, seen: ContainerState | None) -> Failed:
    if seen is not None and seen.oom_killed:
        return Failed("OUT_OF_MEMORY", MEMORY_AT_START % {"limit": workspace.memory_mb})
    last_lines = engine.logs(workspace.engine_name, tail=8)
    return Failed("APP_ENDED", ENDED_AT_START % {"log": last_lines or "—"})


def _still_silent(last_lines: str) -> str:
    return SILENT_AT_START % {"minutes": READY_LIMIT // timedelta(minutes=1), "log": last_lines[-600:] or "—"}
