"""What is on the screen, by asking X when somebody asks: nothing here costs anything while nobody looks.

The libraries are imported late, since they are the image's and not everybody's who tests this.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from spaces_desktop.settings import DISPLAY, MANAGED


class Screen:
    """Questions to X, over one connection that is opened again when it broke. Methods block; call them in threads."""

    def __init__(self) -> None:
        self._display: Any = None
        self._lock = Lock()

    def is_managed(self) -> bool:
        """Whether X is there and has its window manager."""
        return MANAGED.exists() and bool(self._property("_NET_SUPPORTING_WM_CHECK"))

    def has_window(self) -> bool:
        """Whether a program shows a window."""
        return bool(self._property("_NET_CLIENT_LIST"))

    def grab(self) -> Any:
        """The whole screen, as an image of Pillow. Raises `OSError` where there is none."""
        from PIL import ImageGrab

        return ImageGrab.grab(xdisplay=DISPLAY)

    def _property(self, name: str) -> list[int]:
        """A property of the root window; empty when it has none, or there is no X."""
        with self._lock:
            try:
                return self._asked(name)
            except Exception:  # X went away, or is not there yet: the library has a dozen errors for that
                self._display = None
                return []

    def _asked(self, name: str) -> list[int]:
        from Xlib import X
        from Xlib.display import Display

        if self._display is None:
            self._display = Display(DISPLAY)
        atom = self._display.intern_atom(name)
        found = self._display.screen().root.get_full_property(atom, X.AnyPropertyType)
        return list(found.value) if found else []
