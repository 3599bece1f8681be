"""Everything that can be seen of a workspace at once: what it uses, its disk, its programs, what was typed in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.actors import Actor
from spaces_site.errors import SpacesError
from workspaces.files import disk_usage, file_tail
from workspaces.machine import percent
from workspaces.models import Workspace
from workspaces.remembering import Remembered
from workspaces.selectors import workspace_get
from workspaces.stats.processes import Process, processes_of
from workspaces.stats.sampling import Stats, sampled

DISK_SECONDS = 30.0
HISTORY_SECONDS = 2.0
HISTORY_FILE = "/.bash_history"
HISTORY_LINES = 50
HISTORY_BYTES = 64 * 1024
_TIMESTAMP = re.compile(r"#\d+")


@dataclass(frozen=True, slots=True)
class WorkspaceDisk:
    """The file system that its files are on, in bytes, as df has it; other workspaces may be on the same."""

    path: str
    total_bytes: int
    used_bytes: int
    avail_bytes: int
    used_percent: float


@dataclass(frozen=True, slots=True)
class DiskSeen:
    """`size_bytes`: what the files of the workspace take. Both None when it could not be looked at."""

    disk: WorkspaceDisk | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Observability:
    """`top`: the busiest programs; `bash_history_tail`: the last lines typed in a shell, oldest first."""

    stats: Stats
    workspace_disk: WorkspaceDisk | None
    workspace_size_bytes: int | None
    top: list[Process]
    bash_history_tail: list[str]


_disks: Remembered[DiskSeen] = Remembered(DISK_SECONDS)
_histories: Remembered[list[str]] = Remembered(HISTORY_SECONDS)


def observability_of(actor: Actor, workspace: Workspace) -> Observability:
    """What can be seen of it now; of a paused or stopped one its disk and its history alone, and nothing is woken.

    What cannot be looked at is None or empty. Raises `NotFound`, and `Unavailable` when the engine does not answer.
    """
    workspace = workspace_get(actor, workspace.public_id)
    stats = sampled(workspace)
    seen = disk_of(workspace)
    return Observability(stats, seen.disk, seen.size_bytes, processes_of(workspace), history_of(workspace))


def disk_of(workspace: Workspace) -> DiskSeen:
    """The disk of a workspace that the caller was found to see, at most half a minute old. Raises nothing."""
    return _disks.get(workspace.public_id, lambda _before: _look(workspace))


def history_of(workspace: Workspace) -> list[str]:
    """The last fifty lines of its shell's history, oldest first, without the lines that say when. Raises nothing."""
    return _histories.get(workspace.public_id, lambda _before: _read(workspace))


def observed_forget() -> None:
    """Look anew at the next question."""
    _disks.forget()
    _histories.forget()


def _look(workspace: Workspace) -> DiskSeen:
    try:
        seen = disk_usage(workspace)
    except SpacesError:  # it is being made or deleted, or the engine is away
        return DiskSeen(None, None)
    used_percent, folder = percent(seen.used, seen.used + seen.available), workspace.kind.data_path
    return DiskSeen(WorkspaceDisk(folder, seen.total, seen.used, seen.available, used_percent), seen.size)


def _read(workspace: Workspace) -> list[str]:
    try:
        tail = file_tail(workspace, HISTORY_FILE, max_bytes=HISTORY_BYTES)
    except SpacesError:  # as above, or it is a folder or a link that leads away
        return []
    return history_lines(tail.content, is_whole=tail.start == 0) if tail else []


def history_lines(content: bytes, *, is_whole: bool) -> list[str]:
    """The commands in the end of a history file; of one that is not whole the first line may be half a line."""
    lines = content.decode(errors="replace").splitlines()
    if not is_whole:
        lines = lines[1:]
    return [line for line in lines if line.strip() and not _TIMESTAMP.fullmatch(line)][-HISTORY_LINES:]
