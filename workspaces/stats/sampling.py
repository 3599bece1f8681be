"""How much a workspace uses, worked out from two samples of what it has used so far."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from accounts.actors import Actor
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError
from workspaces.engine.inside import Usage
from workspaces.engine_state import engine_silent
from workspaces.models import Workspace
from workspaces.remembering import Remembered
from workspaces.selectors import workspace_get
from workspaces.states import State

SHARED_SECONDS = 1.0
"""How old an answer may be: thirty people who watch one workspace are one question a second."""
APART_SECONDS = 0.15
"""Between two samples when there is none yet. Long enough that the engine's clock tells them apart."""
RECENT = timedelta(minutes=1)
"""A sample that is older would say how busy it was on average, and not how busy it is."""
_LIVE = frozenset({State.RUNNING, State.PAUSED, State.PAUSING, State.STARTING, State.STOPPING})


@dataclass(frozen=True, slots=True)
class Stats:
    """`cpu_percent`: 100 is one core. Memory, network and block device in bytes, the last two since the start."""

    cpu_percent: float = 0.0
    memory_usage_bytes: int = 0
    memory_limit_bytes: int = 0
    pids: int = 0
    network_rx_bytes: int = 0
    network_tx_bytes: int = 0
    block_read_bytes: int = 0
    block_write_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Sampled:
    """`usage` is the newest sample, None when it does not run; `stats` None when the engine did not answer."""

    usage: Usage | None
    stats: Stats | None


_sampled: Remembered[_Sampled] = Remembered(SHARED_SECONDS)


def stats_of(actor: Actor, workspace: Workspace) -> Stats:
    """What it uses now, at most a second old; all zeros when it does not run. Raises `NotFound`, `Unavailable`."""
    return sampled(workspace_get(actor, workspace.public_id))


def sampled(workspace: Workspace) -> Stats:
    """As `stats_of`, of a workspace that the caller was found to see."""
    if workspace.state not in _LIVE:
        return Stats()
    name = workspace.engine_name
    stats = _sampled.get(name, lambda before: _sample(name, before.usage if before else None)).stats
    if stats is None:
        raise engine_silent()
    return stats


def stats_forget() -> None:
    """Sample anew at the next question."""
    _sampled.forget()


def _sample(name: str, before: Usage | None) -> _Sampled:
    """Returns also when the engine is away, so that those who wait do not each wait for it."""
    try:
        now = get_engine().usage(name)
        if now is not None and not _is_before(before, now):
            before = now
            time.sleep(APART_SECONDS)  # how busy it is takes two looks
            now = get_engine().usage(name)
    except EngineError:
        return _Sampled(None, None)
    if now is None:
        return _Sampled(None, Stats())
    return _Sampled(now, _stats(before, now))


def _is_before(before: Usage | None, now: Usage) -> bool:
    """Whether `before` is a recent sample of the same life of the container; a new one counts from nothing again."""
    return before is not None and before.cpu_seconds <= now.cpu_seconds and timedelta(0) < now.at - before.at <= RECENT


def _stats(before: Usage | None, now: Usage) -> Stats:
    cpu = 0.0
    if before is not None and _is_before(before, now):
        cpu = 100 * (now.cpu_seconds - before.cpu_seconds) / (now.at - before.at).total_seconds()
    return Stats(
        cpu_percent=round(cpu, 2),
        memory_usage_bytes=now.memory_bytes,
        memory_limit_bytes=now.memory_limit_bytes,
        pids=now.pids,
        network_rx_bytes=now.network_rx_bytes,
        network_tx_bytes=now.network_tx_bytes,
        block_read_bytes=now.block_read_bytes,
        block_write_bytes=now.block_write_bytes,
    )
