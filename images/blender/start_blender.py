"""Starts Blender with the file that was worked on last, or a new one."""

from __future__ import annotations

import os
import shutil
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
    for left in AUTOSAVE.glob("blender_*"):  # of sessions that were killed; nothing in them can be recovered
        shutil.rmtree(left, ignore_errors=True)
    last = newest(WORKSPACE, (".blend",))
    arguments = ["blender", "-noaudio", *([str(last)] if last else [])]
    os.execvpe("blender", arguments, surroundings(dict(os.environ)))  # noqa: S606


def surroundings(environ: dict[str, str]) -> dict[str, str]:
    """As they are, but home is where projects are: Blender's file dialogs begin there, and know no other setting.

    What programs keep for themselves stays where it is.
    """
    home = environ.get("HOME", "/home/coder")
    own = {"XDG_CONFIG_HOME": ".config", "XDG_CACHE_HOME": ".cache", "XDG_DATA_HOME": ".local/share"}
    return {name: f"{home}/{folder}" for name, folder in own.items()} | environ | {"HOME": str(WORKSPACE)}


if __name__ == "__main__":
    main()
