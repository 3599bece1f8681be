"""Keeps the shells of one container: one process that outlives those who look at them, and ends with the last shell.

Who looks is a `Viewer`: it hands over three pipes and then says by frames on the first what it types, how large its
window is and how much it has taken of what it was given on the second. The third has news, one JSON object a line.
Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import time
from functools import partial

from workspaces.inside.shell import READ_BYTES, TYPED_AHEAD_BYTES, Shell
from workspaces.inside.viewer import Gone, Viewer
from workspaces.inside.watch import READ, WRITE, Watch, nothing

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

MOST_SHELLS = 16
MOST_VIEWERS = 64
SLOW_SECONDS = 5.0
"""So long may one of several viewers take nothing before the others go on without it."""
IDLE_SECONDS = 5.0
LOOKS_EVERY = 2.0
LOOKS_SOON = 0.2
REDRAW_SECONDS = 0.1
KILL_SECONDS = 2.0
ENDS_SECONDS = 0.2
"""A shell that ends closes its terminal a moment before it is gone, and says only then how it ended."""
NAME_LENGTH = 40


class Keeper:
    """`listener`: where viewers come in. `folder`: where shells begin."""

    def __init__(self, listener: socket.socket, folder: str) -> None:
        self.listener, self.folder = listener, folder
        self.shells: dict[str, Shell] = {}
        self.viewers: dict[str, list[Viewer]] = {}
        self.later: list[tuple[float, str, Shell]] = []
        self.busy: dict[str, bool] = {}
        self.watch = Watch()
        self.leaving: set[Viewer] = set()
        self.dying: list[Shell] = []
        self.idle_since = self.looked_at = time.monotonic()
        listener.setblocking(False)
        self.watch.on(listener.fileno(), READ, self._welcome)
        self.wake_read, wake_write = os.pipe()
        os.set_blocking(self.wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.watch.on(self.wake_read, READ, self._bury)

    def run(self) -> None:
        """Until there has been no shell for a while."""
        self.idle_since = time.monotonic()
        while self.shells or self.leaving or time.monotonic() - self.idle_since < IDLE_SECONDS:
            self.watch.wait(self._patience())
            self._look_around()

    def nobody_waits(self) -> bool:
        """Whether it may end: nobody has come in meanwhile."""
        self._welcome(0)
        return not self.shells

    # -- those who come and go
    def _welcome(self, _events: int) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        try:
            viewer, text = Viewer.received(connection)
        except (OSError, ValueError):
            connection.close()
            return
        try:
            self._attach(viewer, json.loads(text))
        except (Gone, ValueError, KeyError, TypeError):
            self._leave(viewer)

    def _attach(self, viewer: Viewer, wish: dict[str, Any]) -> None:
        name, size = str(wish["name"])[:NAME_LENGTH], (int(wish["columns"]), int(wish["rows"]))
        shell, is_new = self.shells.get(name), False
        if shell is None:
            if len(self.shells) >= MOST_SHELLS:
                viewer.refuse("too_many")
                return
            shell, is_new = Shell(*size, folder=self.folder), True
            self.shells[name], self.viewers[name] = shell, []
            self._watch_shell(name)
        elif sum(map(len, self.viewers.values())) >= MOST_VIEWERS:
            viewer.refuse("too_many")
            return
        replay = b"" if is_new else shell.screen.replay()
        viewer.greet({"columns": shell.size[0], "rows": shell.size[1], "replay": len(replay), "new": is_new}, replay)
        viewer.name, viewer.size, viewer.leads = name, shell.size, not self.viewers[name]
        self.viewers[name].append(viewer)
        self.watch.on(viewer.input, READ, partial(self._hear, viewer))
        self.watch.on(viewer.connection.fileno(), READ, partial(self._leave, viewer))
        if shell.screen.needs_redraw:
            columns, rows = shell.size
            shell.resize(columns, max(1, rows - 1))
            shell.size = (columns, rows)
            self.later.append((time.monotonic() + REDRAW_SECONDS, "redraw", shell))
        self._tell_all()
        self._pace(name)

    def _leave(self, viewer: Viewer, _events: int = 0) -> None:
        """Its pipes are closed; its shell goes on."""
        if viewer.is_closed:
            return
        others = self.viewers.get(viewer.name, [])
        if viewer in others:
            others.remove(viewer)
        self._forget(viewer)
        self._pace(viewer.name)

    def _forget(self, viewer: Viewer) -> None:
        for fd in (viewer.input, viewer.output, viewer.connection.fileno()):
            self.watch.on(fd, 0, nothing)
        self.leaving.discard(viewer)
        viewer.close()

    # -- what viewers say
    def _hear(self, viewer: Viewer, _events: int = 0) -> None:
        try:
            for kind, payload in viewer.frames():
                self._obey(viewer, kind, payload)
        except (Gone, ValueError, KeyError, TypeError, struct.error):
            self._leave(viewer)
            return
        self._pace(viewer.name)

    def _obey(self, viewer: Viewer, kind: int, payload: bytes) -> None:
        shell = self.shells.get(viewer.name)
        if shell is None:
            return
        if kind == Viewer.INPUT:
            self._lead(viewer, shell)
            viewer.typed += len(payload)
            shell.type(payload)
        elif kind == Viewer.RESIZE:
            columns, rows = struct.unpack(">HH", payload)
            viewer.size = (max(1, columns), max(1, rows))
            self._lead(viewer, shell)
        elif kind == Viewer.TAKEN:
            viewer.take(struct.unpack(">I", payload)[0])
        elif kind == Viewer.WISH:
            self._wish(json.loads(payload))

    def _lead(self, viewer: Viewer, shell: Shell) -> None:
        """Who typed or resized last is whom the shell fits, and the only one who answers its questions."""
        for other in self.viewers[viewer.name]:
            other.leads = other is viewer
        if shell.size != viewer.size:
            shell.resize(*viewer.size)

    def _wish(self, wish: dict[str, Any]) -> None:
        name, new_name = str(wish["name"]), str(wish.get("to", ""))[:NAME_LENGTH]
        if name not in self.shells:
            return
        if wish["do"] == "close":
            self.shells[name].hang_up()
            self.later.append((time.monotonic() + KILL_SECONDS, "kill", self.shells[name]))
        elif wish["do"] == "rename" and new_name and new_name not in self.shells:
            self.shells = {new_name if key == name else key: shell for key, shell in self.shells.items()}
            self.viewers[new_name] = self.viewers.pop(name)
            for viewer in self.viewers[new_name]:
                viewer.name = new_name
            self._watch_shell(new_name)
            self._tell_all({"from": name, "to": new_name})

    # -- what shells say
    def _watch_shell(self, name: str) -> None:
        shell = self.shells[name]
        self.watch.on(shell.fd, 0, nothing)
        self.watch.on(shell.fd, READ, partial(self._serve, name))

    def _serve(self, name: str, events: int) -> None:
        shell = self.shells[name]
        if events & WRITE:
            shell.type(b"")
        if events & READ:
            data = shell.read()
            for viewer in list(self.viewers[name]):
                self._give(viewer, data or b"")
            if data is None or (not data and shell.has_ended()):
                self._end(name)
                return
        self._pace(name)

    def _give(self, viewer: Viewer, data: bytes) -> None:
        try:
            viewer.give(data, alone=len(self.viewers[viewer.name]) == 1)
        except Gone:
            self._leave(viewer)

    def _pace(self, name: str) -> None:
        """Read from the shell only while everybody takes what it prints, and let them type only as it takes that."""
        shell, viewers = self.shells.get(name), self.viewers.get(name, [])
        if shell is None:
            return
        listens = all(viewer.is_ready for viewer in viewers)
        events = (READ if listens else 0) | (WRITE if shell.typed else 0)
        self.watch.on(shell.fd, events, partial(self._serve, name))
        takes = len(shell.typed) < TYPED_AHEAD_BYTES
        for viewer in viewers:
            if takes:
                viewer.tell_taken()
            wants = WRITE if viewer.waiting else 0
            self.watch.on(viewer.output, wants, partial(self._flush, viewer))

    def _flush(self, viewer: Viewer, _events: int = 0) -> None:
        self._give(viewer, b"")
        self._pace(viewer.name)

    def _bury(self, _events: int) -> None:
        """A child ended; what it printed last is still to be read."""
        try:
            os.read(self.wake_read, READ_BYTES)
        except BlockingIOError:
            pass
        self.dying = [shell for shell in self.dying if not shell.has_ended()]
        for name, shell in list(self.shells.items()):
            if shell.has_ended() and all(viewer.is_ready for viewer in self.viewers[name]):
                self._serve(name, READ)

    def _end(self, name: str) -> None:
        shell = self.shells.pop(name)
        self.watch.on(shell.fd, 0, nothing)
        if not shell.has_ended(ENDS_SECONDS):
            shell.hang_up(signal.SIGKILL)
            self.dying.append(shell)
        for viewer in self.viewers.pop(name):
            viewer.last_news = {"ended": shell.code if shell.code is not None else -1}
            self.watch.on(viewer.input, 0, nothing)
            self.watch.on(viewer.output, 0, nothing)
            self.leaving.add(viewer)
            self._see_off(viewer)
        shell.close()
        self.later = [entry for entry in self.later if entry[2] is not shell]
        self.idle_since = time.monotonic()
        self._tell_all()

    def _see_off(self, viewer: Viewer, _events: int = 0) -> None:
        """Its shell has ended: what waits is given, then its pipes are closed."""
        try:
            viewer.give(b"", alone=True)
        except Gone:
            viewer.waiting.clear()
        if viewer.waiting:
            self.watch.on(viewer.output, WRITE, partial(self._see_off, viewer))
            return
        viewer.tell(viewer.last_news)
        self._forget(viewer)

    # -- time
    def _patience(self) -> float | None:
        if self.later or not self.shells or any(not v.is_ready for some in self.viewers.values() for v in some):
            return LOOKS_SOON
        if any(shell.code is not None for shell in self.shells.values()):
            return LOOKS_SOON
        return LOOKS_EVERY if any(self.viewers.values()) else None

    def _look_around(self) -> None:
        now = time.monotonic()
        for entry in [entry for entry in self.later if entry[0] <= now]:
            self.later.remove(entry)
            _at, what, shell = entry
            shell.hang_up(signal.SIGKILL) if what == "kill" else shell.resize(*shell.size)
        if now - self.looked_at < LOOKS_SOON:
            return
        self.looked_at = now
        self._bury(0)
        for viewers in list(self.viewers.values()):
            slow = [viewer for viewer in viewers if not viewer.is_ready and now - viewer.took_at > SLOW_SECONDS]
            if slow and len(viewers) > 1:
                slow[0].tell({"dropped": "slow"})
                self._leave(slow[0])
        busy = {name: shell.is_busy() for name, shell in self.shells.items() if self.viewers[name]}
        if busy != self.busy:
            self.busy = busy
            self._tell_all()

    def _tell_all(self, renamed: dict[str, Any] | None = None) -> None:
        names = list(self.shells)
        for name, viewers in self.viewers.items():
            news = {"terminals": names, "name": name, "busy": self.busy.get(name, False)}
            for viewer in viewers:
                viewer.tell({**news, "renamed": renamed} if renamed else news)
