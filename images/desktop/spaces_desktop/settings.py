"""Where things are, and what an image says of its application."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONTROL_PORT = 6080
LOOK_PORT = 6081
DISPLAY = ":1"
X_SOCKET = Path("/tmp/.X11-unix/X1")  # noqa: S108
X_LOCK = Path("/tmp/.X1-lock")  # noqa: S108
# In memory that ends with the container and is in no snapshot: passwords, the socket, the window manager's settings.
PRIVATE = Path("/dev/shm/spaces-desktop")  # noqa: S108
RFB_SOCKET = PRIVATE / "rfb"
PASSWORDS = PRIVATE / "passwords"
MANAGED = PRIVATE / "managed"
"""Is there as soon as the window manager is; what it says to X itself, it says before it listens."""
OPENBOX = PRIVATE / "openbox.xml"
OPENBOX_MENU = PRIVATE / "menu.xml"
APP_FILE = Path("/etc/spaces-desktop.json")


@dataclass(frozen=True, slots=True)
class App:
    """The application of an image.

    `main`: what the window manager may know its main window by, as class → KiCad; `small`: windows of it that stay as
    they are, where all others fill the screen.
    """

    title: str
    command: tuple[str, ...]
    main: tuple[Mapping[str, str], ...]
    small: tuple[Mapping[str, str], ...] = ()


def app_read(path: Path = APP_FILE) -> App:
    """What the image says. Raises where it says nothing that can be understood: such an image is of no use."""
    said = json.loads(path.read_text())
    return App(str(said["title"]), tuple(said["command"]), tuple(said["main"]), tuple(said.get("small", ())))


def has_menu(environ: dict[str, str] | None = None) -> bool:
    """Whether other programs may be started as well."""
    return (os.environ if environ is None else environ).get("SPACES_DESKTOP_MENU") == "1"
