"""Several processes that answer on one socket, for a machine that has more cores than one process can use."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

log = logging.getLogger(__name__)

END_SECONDS = 10
"""A process that was told to end has this long; the server in it gives its requests two seconds."""
AGAIN_SECONDS = 1.0
"""So long between two that take the place of others, lest one that cannot start takes all the time of the machine."""
ENDING = {signal.SIGINT, signal.SIGTERM}
PR_SET_PDEATHSIG = 1
"""Of `prctl(2)`."""


class WebProcesses:
    """Runs `serve` in `count` processes until it is told to end, and replaces those that end by themselves.

    They are copies of this process, which shares its memory with them. So it must have no thread and no connection, of
    which a copy would get half, and does nothing but wait from then on.
    """

    def __init__(self, serve: Callable[[], None], count: int) -> None:
        self.serve, self.count = serve, count
        self.serving: set[int] = set()
        self.beside: set[int] = set()
        self.is_ending = False

    def run(self, beside: Callable[[], None] | None = None) -> None:
        """Until SIGINT or SIGTERM; then none of them is left. `beside` runs once, in a process of its own."""
        gc.freeze()  # what is there is there to stay, and looking through it again would make copies of it
        for number in ENDING:
            signal.signal(number, self._end)
        signal.signal(signal.SIGALRM, self._end_now)
        if beside:
            self._start(beside, self.beside)
        for _ in range(self.count):
            self._start(self.serve, self.serving)
        while self.serving or self.beside:
            self._ended(*os.wait())

    def _ended(self, pid: int, status: int) -> None:
        self.beside.discard(pid)
        if pid not in self.serving:
            return
        self.serving.discard(pid)
        if self.is_ending:
            return
        log.error("web process %s ended (%s); another one takes its place", pid, os.waitstatus_to_exitcode(status))
        time.sleep(AGAIN_SECONDS)
        if not self.is_ending:
            self._start(self.serve, self.serving)

    def _start(self, work: Callable[[], None], among: set[int]) -> None:
        """Signals wait meanwhile: a copy must not take them for the original, and none may be started unseen."""
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        parent = os.getpid()
        if pid := os.fork():
            among.add(pid)
            if self.is_ending:
                os.kill(pid, signal.SIGTERM)
        else:
            _be_child(work, parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def _end(self, *_: Any) -> None:
        self.is_ending = True
        signal.alarm(END_SECONDS)
        self._tell(signal.SIGTERM)

    def _end_now(self, *_: Any) -> None:
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        """Each is a child that was not waited for yet, so its number is nobody else's."""
        for pid in self.serving | self.beside:
            os.kill(pid, number)


def _be_child(work: Callable[[], None], parent: int) -> NoReturn:
    """Do the work and end, without what the original does at its end."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _end_with(parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        work()
        code = 0
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """Afterwards this process ends when its parent does, also when that one is killed. Does nothing but on Linux."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # which ended a moment ago
        os.kill(os.getpid(), signal.SIGTERM)
