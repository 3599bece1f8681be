"""Keeps X, the window manager and the application running until the container is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from spaces_desktop.settings import DISPLAY, MANAGED, OPENBOX, PASSWORDS, RFB_SOCKET, X_LOCK, X_SOCKET, App

LIVED_SECONDS = 10.0
"""A program that ran for so long was closed by a person; one that ends sooner may be broken, and is waited for."""
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 30.0
START_SECONDS = 30.0
END_SECONDS = 6.0
"""Time to save what was not saved yet; a container that is stopped has ten seconds in all."""

XVNC = (
    "Xvnc", DISPLAY, "-rfbunixpath", str(RFB_SOCKET), "-rfbport", "-1", "-SecurityTypes", "VncAuth",
    "-PasswordFile", str(PASSWORDS), "-geometry", "1280x800", "-depth", "24", "-desktop", "Spaces",
    # It begins anew when its last program ends, unless told otherwise, and throws out whoever comes in meanwhile.
    "-noreset", "-nolisten", "tcp", "-AlwaysShared", "-AcceptSetDesktopSize", "-FrameRate", "30",
    # All who come are one address to it: who knows no password must not lock out who does.
    "-UseBlacklist=0",
    # What is only marked is not yet meant for the person's own clipboard.
    "-SendPrimary=0", "-MaxCutText", "1048576", "-Log", "*:stderr:0",
)  # fmt: skip


def next_pause(pause: float, lived: float) -> float:
    """How long to wait before a program that lived for so many seconds is started again."""
    return FIRST_PAUSE if lived >= LIVED_SECONDS else min(pause * 2, LONGEST_PAUSE)


class Session:
    """One screen. `is_managed` blocks; it says whether the window manager is there."""

    def __init__(self, app: App, is_managed: Callable[[], bool]) -> None:
        self._app, self._is_managed = app, is_managed

    async def run(self) -> None:
        """Never ends by itself; cancelled, it takes all its programs with it."""
        await keep_running(self._screen_once)

    async def _screen_once(self) -> None:
        stale_remove()
        async with program(XVNC) as x:
            await _until(X_SOCKET.is_socket)
            openbox = asyncio.create_task(keep_running(self._openbox_once))
            application = asyncio.create_task(keep_running(self._application_once))
            try:
                await x.wait()
            finally:
                for task in (application, openbox):  # in this order: some wait for the window manager while they end
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

    async def _openbox_once(self) -> None:
        MANAGED.unlink(missing_ok=True)
        started = ("--startup", f"touch {MANAGED}")
        async with program(("openbox", "--sm-disable", "--config-file", str(OPENBOX), *started)) as openbox:
            await openbox.wait()

    async def _application_once(self) -> None:
        await _until(self._is_managed)  # or its window would be placed by nobody
        async with program(self._app.command) as app:
            await app.wait()


async def keep_running(once: Callable[[], Awaitable[None]]) -> None:
    """Await `once` again and again, more and more slowly where it ends at once."""
    pause = FIRST_PAUSE / 2
    while True:
        began = time.monotonic()
        try:
            await once()
        except OSError as error:
            print(f"could not be started: {error}", flush=True)  # noqa: T201
        pause = next_pause(pause, time.monotonic() - began)
        await asyncio.sleep(pause)


@asynccontextmanager
async def program(command: Sequence[str], cwd: str = "/workspace") -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs for the block, in a group of its own; afterwards none of the group is left."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True, cwd=cwd
    )
    try:
        yield process
    finally:
        _signal(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(END_SECONDS):  # `wait_for` swallows a cancel that comes as the program ends
                await process.wait()
        except TimeoutError:
            pass
        finally:
            _signal(process.pid, signal.SIGKILL)
        await process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def stale_remove() -> None:
    """Afterwards nothing is left of a start before, whose process numbers are others' now, and X has its folder."""
    for stale in (X_LOCK, X_SOCKET, RFB_SOCKET):
        stale.unlink(missing_ok=True)
    X_SOCKET.parent.mkdir(exist_ok=True)  # it makes that only where it is root
    if X_SOCKET.parent.stat().st_uid == os.geteuid():
        X_SOCKET.parent.chmod(0o1777)


async def _until(is_there: Callable[[], bool]) -> None:
    """Raises `OSError` where it does not come."""
    for _ in range(int(START_SECONDS / 0.05)):
        if await asyncio.to_thread(is_there):
            return
        await asyncio.sleep(0.05)
    raise OSError("the screen did not come")
