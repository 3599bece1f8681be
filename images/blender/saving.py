"""Run by Blender at each start: told to end, it ends as a person would end it.

It then writes its session to quit.blend beside the autosaves, from where File, Recover, Last Session brings it back.
"""

from __future__ import annotations

import signal
from types import FrameType

import bpy

LOOK_SECONDS = 0.5


def _end(_number: int, _frame: FrameType | None) -> None:
    bpy.ops.wm.quit_blender()


def _look() -> float:
    """Python hears of a signal only while it runs, so it runs for a moment now and then."""
    return LOOK_SECONDS


def register() -> None:
    """What Blender calls. Not where it draws nothing, since it then ends by itself."""
    if not bpy.app.background:
        signal.signal(signal.SIGTERM, _end)
        bpy.app.timers.register(_look, persistent=True)


def unregister() -> None:
    """What Blender calls at its end."""
