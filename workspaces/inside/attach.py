"""Looks at a shell of this container: finds its keeper, or starts one, and hands it the three pipes it was given.

Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import array
import fcntl
import json
import os
import signal
import socket
import stat
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
"""Of what keeper and viewers say to each other; keepers of several versions may live side by side."""
PROCESS_NAME = "spaces-terminal"


def main(wish: dict[str, Any]) -> int:
    """`wish`: `name`, `columns`, `rows`, `folder` where shells begin, `runtime` for a folder of sockets."""
    runtime = wish.get("runtime") or "/tmp/.spaces-%d" % os.getuid()  # noqa: UP031
    _private(runtime)
    path = f"{runtime}/terminal-{VERSION}"
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    connection = _connect(path) or _start(path, lock, wish["folder"])
    pipes = array.array("i", [0, 1, 2])
    connection.sendmsg([json.dumps(wish).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, pipes)])
    os.close(lock)
    _wait(connection)
    return 0


def _private(folder: str) -> None:
    """Afterwards it is there and nobody else's. Raises `OSError` when somebody was faster."""
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        found = os.lstat(folder)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else") from None
        os.chmod(folder, 0o700)


def _connect(path: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    peer = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if peer[1] != os.getuid():
        raise PermissionError("the keeper is somebody else's")
    return connection


def _start(path: str, lock: int, folder: str) -> socket.socket:
    """A connection to a new keeper, which is a process of its own by then. Call it with the lock held."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    child = os.fork()
    if not child:
        _keep(listener, path, lock, folder)
    os.waitpid(child, 0)
    listener.close()
    connection = _connect(path)
    if connection is None:
        raise ConnectionError("the keeper ended at once")
    return connection


def _keep(listener: socket.socket, path: str, lock: int, folder: str) -> None:
    """In the child: be the keeper, detached from all that this process belongs to. Never returns."""
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nothing, fd)
        os.close(lock)
        os.chdir("/")
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with open("/proc/self/comm", "w") as name:
            name.write(PROCESS_NAME)
        from workspaces.inside.keeper import Keeper

        keeper = Keeper(listener, folder)
        while True:
            keeper.run()
            mine = os.open(f"{path}.lock", os.O_RDWR | os.O_CLOEXEC)
            fcntl.flock(mine, fcntl.LOCK_EX)  # nobody comes in between the last look and the end
            if keeper.nobody_waits():
                os.unlink(path)
                os._exit(0)
            os.close(mine)
    finally:
        os._exit(1)


def _wait(connection: socket.socket) -> None:
    """Until the keeper lets go of the pipes. They are its own now, and a shell waits in less memory than Python."""
    os.dup2(connection.fileno(), 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(nothing, fd)
    try:
        os.execv("/bin/sh", ["sh", "-c", "read -r _"])
    except OSError:
        connection.recv(1)
    sys.exit(0)
