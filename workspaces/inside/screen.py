"""What a terminal shows, kept as the last bytes that were printed on it, so that who comes later sees the same.

Runs inside workspaces: standard library only, Python 3.8 or newer.
"""

from __future__ import annotations

import re

KEPT_BYTES = 256 * 1024
_FEW = 4096
_RESET = b"\x1bc"
_OTHER_SCREEN = frozenset({47, 1047, 1049})
_ON_AT_FIRST = frozenset({7, 25})
# Cursor keys, origin, wrapping, mouse, cursor, keypad, focus and paste: what a program sets once and relies on later.
_MODES = frozenset({1, 5, 6, 7, 9, 12, 25, 45, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004})
_SOFT_RESET = frozenset({1, 6, 7, 25, 66})
_SEQUENCE = re.compile(rb"\x1b(?:\[\?([0-9;]{1,40})([hl])|c|\[!p|=|>)")
_UNFINISHED = re.compile(rb"\x1b(?:\[[?!]?[0-9;]{0,40})?\Z")
_QUESTION = re.compile(
    rb"\x1b\[[>=]?[0-9]*c"  # what are you
    rb"|\x1b\[\??[0-9]*n"  # how are you, where is the cursor
    rb"|\x1b\[\??[0-9;]*\$p"  # is this mode set
    rb"|\x1b\[>[0-9]*q"  # which version
    rb"|\x1b\[(?:1[1-9]|2[01])(?:;[0-9]*)?t"  # how large is the window
    rb"|\x1b\[\?[0-9;]*u"  # which keyboard protocol
    rb"|\x1b\[[01]?x"  # which parameters
    rb"|\x1b\][0-9;]*;\?(?:\x07|\x1b\\)"  # which colour
    rb"|\x1b\]52;[^\x07\x1b]*(?:\x07|\x1b\\)"  # the clipboard, which was written when this was new
    rb"|\x1bP[$+]q[^\x07\x1b]*\x1b\\"  # which setting, which capability
    rb"|\x05"
)


def without_questions(data: bytes) -> bytes:
    """`data` without what a terminal would answer: one that sees it again must not answer again."""
    return _QUESTION.sub(b"", data)


class Screen:
    """Fed with all output, says what to print on a fresh terminal to get the same picture and the same modes.

    The alternate screen of a full-screen program is kept beside the ordinary one, which is there again after it.
    """

    def __init__(self) -> None:
        self._main = _Kept()
        self._other: _Kept | None = None
        self._modes: dict[int, bool] = {}
        self._keypad = False
        self._begun = b""

    @property
    def needs_redraw(self) -> bool:
        """Whether a full-screen program has printed more than is kept, so that it has to print its screen anew."""
        return self._other is not None and self._other.is_cut

    def feed(self, data: bytes) -> None:
        """Take what was printed. Sequences may be cut anywhere."""
        if self._begun:
            data, self._begun = self._begun + data, b""
        elif b"\x1b" not in data:
            self._shown.add(data)
            return
        unfinished = _UNFINISHED.search(data)
        if unfinished:
            data, self._begun = data[: unfinished.start()], unfinished.group()
        at = 0
        for found in _SEQUENCE.finditer(data):
            self._shown.add(data[at : found.start()])
            at = found.end() if self._obey(found) else found.start()
        self._shown.add(data[at:])

    def replay(self) -> bytes:
        """What makes a fresh terminal show the same, however it was before. Asks the terminal nothing."""
        parts = [_RESET, without_questions(self._main.content())]
        if self._other is not None:
            parts.append(b"\x1b[?1049h\x1b[H")
            if not self._other.is_cut:
                parts.append(without_questions(self._other.content()))
        for mode in sorted(_ON_AT_FIRST | set(self._modes)):
            is_set = self._modes.get(mode, mode in _ON_AT_FIRST)
            parts.append(b"\x1b[?%d%s" % (mode, b"h" if is_set else b"l"))
        parts += [b"\x1b=" if self._keypad else b"\x1b>", self._begun]
        return b"".join(parts)

    @property
    def _shown(self) -> _Kept:
        return self._main if self._other is None else self._other

    def _obey(self, found: re.Match[bytes]) -> bool:
        """Note what a sequence does; whether it is one that the replay makes up by itself."""
        if found.group(2):
            numbers = {int(number) for number in found.group(1).split(b";") if number}
            for number in numbers & _MODES:
                self._modes[number] = found.group(2) == b"h"
            if numbers & _OTHER_SCREEN:
                self._switch(found.group(2) == b"h")
            return bool(numbers & _OTHER_SCREEN)
        sequence = found.group()
        if sequence in (b"\x1b=", b"\x1b>"):
            self._keypad = sequence == b"\x1b="
            return False
        if sequence == _RESET:
            self._main, self._other, self._modes = _Kept(), None, {}
        for mode in _SOFT_RESET:
            self._modes.pop(mode, None)
        self._keypad = False
        return sequence == _RESET

    def _switch(self, to_other: bool) -> None:
        if not to_other:
            self._other = None
        elif self._other is None:
            self._other = _Kept()


class _Kept:
    """The last bytes, from a beginning of a line on when there were more."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._lost = False

    @property
    def is_cut(self) -> bool:
        return self._lost or len(self._bytes) > KEPT_BYTES

    def add(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > 2 * KEPT_BYTES:  # seldom, since cutting moves all that stays
            del self._bytes[:-KEPT_BYTES]
            self._lost = True

    def content(self) -> bytes:
        if not self.is_cut:
            return bytes(self._bytes)
        last = bytes(self._bytes[-KEPT_BYTES:])
        return last[last.find(b"\n", 0, _FEW) + 1 :]
