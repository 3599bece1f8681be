"""Starts Blender with the file that was worked on last, or a new one."""

from __future__ import annotations

import os
from pathlib import Path

from spaces_desktop.newest import newest

WORKSPACE = Path("/workspace")
AUTOSAVE = WORKSPACE / ".autosave"


def main() -> None:
    """Becomes Blender."""
    try:
        AUTOSAVE.mkdir(exist_ok=True)  # Blender does not make it
    except OSError:
        pass  # then it saves to /tmp
    last = newest(WORKSPACE, (".blend",))
    os.execvp("blender", ["blender", "-noaudio", *([str(last)] if last else [])])  # noqa: S606


if __name__ == "__main__":
    main()
