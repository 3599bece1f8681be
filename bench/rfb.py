"""A client of a desktop that shows nothing: it asks for pictures as a browser does, reads them to their end and moves
the pointer, so that what is measured is the desktop. RFC 6143, and Tight as TigerVNC sends it.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

VERSION = b"RFB 003.008\n"
VNC_AUTH = 2
RAW, COPY, TIGHT = 0, 1, 7
DESKTOP_SIZE, LAST_RECT, EXTENDED_DESKTOP_SIZE = -223, -224, -308
QUALITY, COMPRESSION = -26, -254
"""JPEG of quality 6 of 9 and compression 2 of 9, with which a browser begins."""
ENCODINGS = (TIGHT, COPY, RAW, DESKTOP_SIZE, LAST_RECT, EXTENDED_DESKTOP_SIZE, QUALITY, COMPRESSION)
PIXELS = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 0, 8, 16)
"""Four bytes a pixel; Tight then sends three of them."""
FILL, JPEG = 8, 9
SMALLEST_PACKED = 12
MIDDLE = 2
DRAWN_BYTES = 20_000
"""A screen of one colour is a few hundred bytes, a window with menus and symbols ten times this."""

Read = Callable[[int], bytes]


class Line(Protocol):
    """A stream of bytes: `read` gives exactly so many, and fails when the other side has ended."""

    def read(self, count: int) -> bytes: ...
    def write(self, data: bytes) -> None: ...


class Rfb:
    """One who looks at a desktop, in a thread of its own, until `end`. What came so far: `updates`, `taken` bytes."""

    def __init__(self, line: Line, key: str) -> None:
        self.line = line
        self.updates = self.taken = 0
        self.width, self.height = _enter(line, key)
        self._ending = False
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def point(self, x: int, y: int, buttons: int = 0) -> None:
        """The pointer is at x, y, with these buttons down."""
        self.line.write(struct.pack(">BBHH", 5, buttons, x, y))

    def end(self, close: Callable[[], None]) -> None:
        """Hang up by `close`; afterwards nothing of it runs."""
        self._ending = True
        close()
        self._thread.join(10)

    def sees(self, size: int, seconds: float) -> None:
        """Return once so many bytes came. Fails when the time is over, or the desktop hung up."""
        until = time.monotonic() + seconds
        while self.taken < size:
            assert self.looks and time.monotonic() < until, f"{self.taken} bytes came, and {size} are waited for"
            time.sleep(0.005)

    @property
    def looks(self) -> bool:
        """Whether it still gets pictures."""
        return self._thread.is_alive()

    def _look(self) -> None:
        try:
            self._ask(whole=True)
            while True:
                if message_read(self._read):
                    self.updates += 1
                    self._ask(whole=False)
        except (OSError, ValueError):  # a socket that is closed under its reader has the second one's words
            if not self._ending:
                raise

    def _read(self, count: int) -> bytes:
        data = self.line.read(count)
        self.taken += count
        return data

    def _ask(self, *, whole: bool) -> None:
        self.line.write(struct.pack(">BBHHHH", 3, not whole, 0, 0, self.width, self.height))


def _enter(line: Line, key: str) -> tuple[int, int]:
    """Width and height of the screen, once the desktop lets us in and knows what we understand."""
    line.read(len(VERSION))
    line.write(VERSION)
    kinds = line.read(line.read(1)[0])
    if VNC_AUTH not in kinds:
        raise ConnectionError(f"the desktop offers {list(kinds)}")
    line.write(bytes([VNC_AUTH]))
    line.write(answer_to(line.read(16), key))
    if any(line.read(4)):
        raise ConnectionError("the desktop does not take the key")
    line.write(b"\1")  # others may look as well
    width, height = struct.unpack(">HH", line.read(4))
    line.read(16)
    line.read(*struct.unpack(">I", line.read(4)))
    line.write(b"\0\0\0\0" + PIXELS)
    line.write(struct.pack(f">BxH{len(ENCODINGS)}i", 2, len(ENCODINGS), *ENCODINGS))
    return width, height


def answer_to(challenge: bytes, key: str) -> bytes:
    """The challenge under the key by DES, which takes the bits of each byte of a password the other way round."""
    bits = bytes(int(f"{byte:08b}"[::-1], 2) for byte in key.encode()[:8].ljust(8, b"\0"))
    return Cipher(TripleDES(bits * 3), modes.ECB()).encryptor().update(challenge)


def message_read(read: Read) -> bool:
    """Take one message of the desktop to its end; true when it was an update of the picture."""
    kind = read(1)[0]
    if kind == 0:
        _update(read)
        return True
    if kind == 1:
        read(3)
        read(6 * _number(read, ">H"))
    elif kind == 3:
        read(3)
        read(abs(_number(read, ">i")))
    elif kind != 2:
        raise ConnectionError(f"message {kind} was not asked for")
    return False


def _update(read: Read) -> None:
    read(1)
    for _ in range(_number(read, ">H")):
        _x, _y, width, height, encoding = struct.unpack(">HHHHi", read(12))
        if encoding == LAST_RECT:
            return
        if encoding == TIGHT:
            _tight(read, width, height)
        elif encoding == RAW:
            read(4 * width * height)
        elif encoding == COPY:
            read(4)
        elif encoding == EXTENDED_DESKTOP_SIZE:
            read(16 * read(4)[0])
        elif encoding != DESKTOP_SIZE:
            raise ConnectionError(f"encoding {encoding} was not asked for")


def _tight(read: Read, width: int, height: int) -> None:
    control = read(1)[0] >> 4
    if control == FILL:
        read(3)
    elif control == JPEG:
        read(_length(read))
    else:
        size = _basic_size(read, width, height) if control & 4 else 3 * width * height
        read(size if size < SMALLEST_PACKED else _length(read))


def _basic_size(read: Read, width: int, height: int) -> int:
    """Bytes before packing: of a palette an index for each pixel, of two colours a bit; else three bytes."""
    if read(1)[0] != 1:
        return 3 * width * height
    colours = read(1)[0] + 1
    read(3 * colours)
    return (width + 7) // 8 * height if colours == 2 else width * height


def _length(read: Read) -> int:
    """Seven bits a byte, the lowest first, at most three bytes, of which the last has eight."""
    value = 0
    for shift in (0, 7, 14):
        byte = read(1)[0]
        value |= (byte if shift == 14 else byte & 127) << shift
        if byte < 128:
            break
    return value


def _number(read: Read, form: str) -> int:
    return int(struct.unpack(form, read(struct.calcsize(form)))[0])
