"""One shell on a terminal of its own, which goes on when nobody looks.

Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import struct
import termios
import time

from workspaces.inside.screen import Screen

READ_BYTES = 64 * 1024
TYPED_AHEAD_BYTES = 16 * 1024
HISTORY_LINES = "10000"
ENDS_EVERY = 0.005
_IUTF8 = 0o40000
_FIRST = {
    "LANG": "C.UTF-8",
    "HISTSIZE": HISTORY_LINES,
    "HISTFILESIZE": "20000",
    # A browser tab closes without asking the shell, so it writes its history after each command.
    "PROMPT_COMMAND": "history -a",
    # Being set, though to nothing, it has the file say when each command was typed, and `history` print as ever.
    "HISTTIMEFORMAT": "",
}


class Shell:
    """`screen` has what it printed. `code` is how it ended, None while it runs."""

    def __init__(self, columns: int, rows: int, folder: str) -> None:
        self.screen = Screen()
        self.size = (columns, rows)
        self.code: int | None = None
        self.typed = bytearray()
        self.pid, self.fd = os.forkpty()
        if not self.pid:
            _become_shell(columns, rows, folder)
        os.set_blocking(self.fd, False)

    def read(self) -> bytes | None:
        """What it printed, empty when there is nothing just now, None when its terminal is closed."""
        parts: list[bytes] = []
        length = 0
        while length < READ_BYTES:  # the kernel hands out 4 KiB at a time
            try:
                part = os.read(self.fd, READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                part = b""
            if not part:
                if not parts:
                    return None
                break
            parts.append(part)
            length += len(part)
        data = b"".join(parts)
        self.screen.feed(data)
        return data

    def type(self, data: bytes) -> None:
        """Type `data`, and what was not taken before."""
        self.typed += data
        try:
            while self.typed:
                del self.typed[: os.write(self.fd, self.typed)]
        except BlockingIOError:
            return
        except OSError:  # its terminal is closed
            self.typed.clear()

    def resize(self, columns: int, rows: int) -> None:
        """Afterwards its window has that size, and its programs know."""
        self.size = (columns, rows)
        _set_size(self.fd, columns, rows)

    def is_busy(self) -> bool:
        """Whether a program runs in it that it waits for."""
        return self.code is None and self._foreground() != self.pid

    def hang_up(self, number: int = signal.SIGHUP) -> None:
        """Tell it, and what runs in its foreground, that its terminal goes away."""
        for group in {self.pid, self._foreground()}:
            try:
                os.killpg(group, number)
            except OSError:
                pass  # it was faster

    def has_ended(self, patience: float = 0) -> bool:
        """Whether the shell itself has ended, or does within `patience` seconds; what it left behind may go on."""
        until = time.monotonic() + patience
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            elif time.monotonic() >= until:
                return False
            else:
                time.sleep(ENDS_EVERY)
        return True

    def close(self) -> None:
        """Let go of its terminal, which ends what it left in it."""
        os.close(self.fd)

    def _foreground(self) -> int:
        try:
            return os.tcgetpgrp(self.fd) or self.pid  # 0 once the shell has ended, which would mean the keeper's own
        except OSError:
            return self.pid


def _set_size(fd: int, columns: int, rows: int) -> None:
    try:
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    except OSError:
        pass  # the terminal is closed


def _become_shell(columns: int, rows: int, folder: str) -> None:
    """In the child: never returns."""
    try:
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        settings = termios.tcgetattr(0)
        settings[0] |= _IUTF8
        termios.tcsetattr(0, termios.TCSANOW, settings)
        _set_size(0, columns, rows)
        for place in (folder, os.environ.get("HOME", "/"), "/"):
            try:
                os.chdir(place)
                break
            except OSError:
                continue
        environment = {**_FIRST, "HISTFILE": os.path.join(folder, ".bash_history"), **os.environ}
        environment.update(TERM="xterm-256color", COLORTERM="truecolor")
        for path in ("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"):
            if os.access(path, os.X_OK):
                os.execve(path, [os.path.basename(path), "-l"], environment)
    finally:
        os.write(2, b"The shell could not be started.\r\n")
        os._exit(127)
