"""What a workspace takes on the disk: what was written to its volume and beside it, and what it was made of."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actors import Actor
from workspaces.engine import get_engine
from workspaces.engine.base import Engine
from workspaces.engine_state import engine_info, engine_silent
from workspaces.files.access import at_work
from workspaces.files.beside import ask
from workspaces.models import Workspace
from workspaces.remembering import Remembered
from workspaces.selectors import workspace_get
from workspaces.states import HAS_NO_FILES

KEPT_SECONDS = 30.0
WALK_SECONDS = 5.0
"""For the files of the volume: some hundred thousand are counted in that time."""
STEP = 1024
UNITS = ("B", "KB", "MB", "GB")


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Bytes. `volume_bytes`: the files in /workspace; `layer_bytes`: what was written elsewhere in the container;
    `image_bytes`: what it was made of, which it shares with others.

    A file counts once however many names it has. In the volume the holes of a sparse one do not count, in the layer
    they do. `is_complete`: no file was left out of the volume, for want of time or of permission.
    """

    layer_bytes: int
    image_bytes: int
    volume_bytes: int
    is_complete: bool = True

    @property
    def written_bytes(self) -> int:
        """What was written in the workspace."""
        return self.layer_bytes + self.volume_bytes

    @property
    def total_bytes(self) -> int:
        """The same with its image."""
        return self.written_bytes + self.image_bytes


_seen: Remembered[DiskUsage] = Remembered(KEPT_SECONDS)


def disk_usage_of(actor: Actor, workspace: Workspace) -> DiskUsage:
    """What it takes, whether it runs, sleeps or is stopped; it is not woken, and what runs in it is left alone.

    At most half a minute old: a thousand who ask are one walk over the files, since all who ask about one workspace
    meanwhile wait for that. Still, it is a question for one workspace and not for each of a list. One that is being
    made or deleted has no files. Raises `NotFound`, `TooMany`, and `Unavailable` when the engine does not answer.
    """
    workspace = workspace_get(actor, workspace.public_id)
    return _seen.get(workspace.public_id, lambda _before: _look(actor, workspace))


def disk_forget() -> None:
    """Look anew at the next question."""
    _seen.forget()


def readable_size(size: int) -> str:
    """`size` bytes for people, in steps of 1024, as the projects API has it: "1.1 GB", "9.5 MB", "48 MB", "7 KB".

    GB has one decimal, MB has one below 10, and all else is whole.
    """
    value, unit = float(max(0, size)), 0
    while unit < len(UNITS) - 1 and round(value) >= STEP:  # what would be shown as 1024 is one of the next
        value, unit = value / STEP, unit + 1
    has_decimal = UNITS[unit] == "GB" or (UNITS[unit] == "MB" and round(value, 1) < 10)
    return f"{value:.{int(has_decimal)}f} {UNITS[unit]}"


def _look(actor: Actor, workspace: Workspace) -> DiskUsage:
    if engine_info() is None:  # remembered, so that those who wait do not each wait for it
        raise engine_silent()
    with at_work(actor, workspace):
        engine = get_engine()
        layer = engine.layer_usage(workspace.engine_name)
        has_volume = layer is not None or workspace.engine_name in engine.volumes()
        size, is_complete = _walk(engine, workspace) if has_volume else (0, True)
    return DiskUsage(layer.layer_bytes if layer else 0, layer.image_bytes if layer else 0, size, is_complete)


def _walk(engine: Engine, workspace: Workspace) -> tuple[int, bool]:
    """Size of the files in the volume, and whether all were counted; by the program in the container beside it."""
    if workspace.state in HAS_NO_FILES:
        return 0, True
    run, answer = ask(engine, workspace, "usage", seconds=WALK_SECONDS)
    run.close()
    return answer["size"], answer["complete"]
