"""Small pictures of the screen, kept for a moment: thirty who ask cost no more than one."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from threading import Lock
from typing import Any

DEFAULT_WIDTH = 320
SMALLEST, LARGEST = 80, 1280
STEP = 80
"""Widths are rounded up to a multiple of this, so that asking for every width there is makes few pictures."""
KEPT_SECONDS = 2.0
QUALITY = 70


def width_of(text: str) -> int:
    """The width that is asked for, within what is sold. Raises `ValueError` where it is no number."""
    wanted = max(SMALLEST, min(LARGEST, int(text))) if text else DEFAULT_WIDTH
    return -(-wanted // STEP) * STEP


class Pictures:
    """JPEGs of what `grab` gives, an image of Pillow. Blocks; call it in a thread."""

    def __init__(self, grab: Callable[[], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._grab, self._clock = grab, clock
        self._lock = Lock()
        self._image: Any = None
        self._grabbed_at = 0.0
        self._made: dict[int, bytes] = {}

    def picture(self, width: int) -> bytes:
        """The whole screen as a JPEG of that width, no older than two seconds; never larger than the screen."""
        with self._lock:
            if self._image is None or self._clock() - self._grabbed_at >= KEPT_SECONDS:
                self._image, self._made = self._grab().convert("RGB"), {}
                self._grabbed_at = self._clock()
            if width not in self._made:
                self._made[width] = _jpeg(self._image, width)
            return self._made[width]


def _jpeg(image: Any, width: int) -> bytes:
    width = min(width, image.width)
    height = max(1, round(image.height * width / image.width))
    out = BytesIO()
    # Shrunk by whole steps first, which is several times as fast and looks the same at this size.
    image.resize((width, height), reducing_gap=2.0).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
