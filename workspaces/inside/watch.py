"""Waits for many files at once and calls who wants to know.

Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import selectors
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[int], None]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Watch:
    """Handlers are given what their file is ready for, READ or WRITE or both."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._events: dict[int, int] = {}

    def on(self, fd: int, events: int, then: Handler) -> None:
        """Call `then` on these events from now on; on none with 0. Without a change of events the handler stays."""
        if self._events.get(fd, 0) == events:
            return
        if fd in self._events:
            self._selector.unregister(fd)
            del self._events[fd]
        if events:
            self._selector.register(fd, events, then)
            self._events[fd] = events

    def wait(self, seconds: float | None) -> None:
        """Return after something happened and was handled, or after `seconds`."""
        for key, events in self._selector.select(seconds):
            now = self._selector.get_map().get(key.fd)
            if now is None or now.data is not key.data:
                continue  # what came before it in this round has closed it, or watches it otherwise
            try:
                key.data(events)
            except Exception:  # the trouble of one is not to end everybody's shells
                time.sleep(0.05)


def nothing(_events: int) -> None:
    """For what is no longer watched."""
