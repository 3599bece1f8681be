"""Who starts now and who waits: few at a time, since programs that start want a core each.

Ten at once on two cores would all be ready at the end. In turns the last is ready as soon, and most are much sooner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from workspaces.engine import get_engine

TURN_SECONDS = 3.0
"""Whose app takes longer lets the next one begin: it may be waiting for something else than a core."""
_LOOK_SECONDS = 1.0


class Turn:
    """One place among those that start, until it is passed on. Passing it on twice is fine."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._places = places
        self._since = time.monotonic()
        self._over = False

    def pass_on(self) -> None:
        """The next one may begin."""
        if not self._over:
            self._over = True
            self._places.release()

    def pass_on_if_long(self) -> None:
        """The next one may begin when this has taken `TURN_SECONDS`."""
        if time.monotonic() - self._since > TURN_SECONDS:
            self.pass_on()


@contextmanager
def turn(still_waiting: Callable[[], None]) -> Iterator[Turn]:
    """Wait for a place, telling `still_waiting` at first and every second, which may raise; then have it."""
    places = _places()
    if not places.acquire(blocking=False):
        still_waiting()
        while not places.acquire(timeout=_LOOK_SECONDS):
            still_waiting()
    mine = Turn(places)
    try:
        yield mine
    finally:
        mine.pass_on()


@cache
def _places() -> threading.Semaphore:
    """One more than the engine has cores, as while one waits for the engine another can use its core."""
    return threading.Semaphore(get_engine().info().cpus + 1)
