"""Run by Blender at each start: when the desktop is stopped, what was not saved yet is put beside the autosaves."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import bpy

FOLDER = Path("/workspace/.autosave")
LOOK_SECONDS = 1.0


def _save_and_end(_number: int, _frame: FrameType | None) -> None:
    if bpy.data.is_dirty:
        name = Path(bpy.data.filepath).stem or "untitled"
        bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / f"{name}-when-stopped.blend"), copy=True)
    bpy.ops.wm.quit_blender()


def _look() -> float:
    """Python hears of a signal only while it runs, so it runs for a moment each second."""
    return LOOK_SECONDS


def register() -> None:
    """What Blender calls. Not where it draws nothing, since it then ends by itself."""
    if not bpy.app.background:
        signal.signal(signal.SIGTERM, _save_and_end)
        bpy.app.timers.register(_look, persistent=True)


def unregister() -> None:
    """What Blender calls at its end."""
