"""The client that measurements of desktops look with, against a desktop of a few lines."""

from __future__ import annotations

import queue
import struct
from itertools import islice

import pytest

from bench.desktop_cost import circle
from bench.rfb import ENCODINGS, MIDDLE, PIXELS, Rfb, answer_to, message_read

FILL = b"\x80abc"
JPEG = b"\x90\x85\x01" + b"j" * 133
COPY_OF_FEW = b"\x00" + b"p" * 9
COPY_PACKED = b"\x00\x03zip"
TWO_COLOURS = b"\x40\x01\x01" + b"c" * 6 + b"\x02" * 3
PALETTE = b"\x40\x01\x03" + b"c" * 12 + b"\x80\x80\x01" + b"z" * 16384
GRADIENT = b"\x40\x02" + b"\x05" + b"z" * 5


class Bytes:
    """What a desktop sent, to be read once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, count: int) -> bytes:
        taken, self.data = self.data[:count], self.data[count:]
        assert len(taken) == count, "more was read than there is"
        return taken


def update_of(*rectangles: tuple[int, int, int, bytes]) -> bytes:
    """An update; each with width, height, encoding and what follows."""
    parts = [struct.pack(">HHHHi", 0, 0, width, height, kind) + data for width, height, kind, data in rectangles]
    return struct.pack(">BxH", 0, len(parts)) + b"".join(parts)


@pytest.mark.parametrize(
    "rectangle",
    [
        (640, 480, 7, FILL),
        (640, 480, 7, JPEG),
        (3, 1, 7, COPY_OF_FEW),
        (64, 64, 7, COPY_PACKED),
        (7, 3, 7, TWO_COLOURS),
        (64, 64, 7, PALETTE),
        (64, 64, 7, GRADIENT),
        (2, 2, 0, b"p" * 16),
        (9, 9, 1, b"from"),
        (800, 600, -223, b""),
        (800, 600, -308, b"\x02xxx" + b"s" * 32),
    ],
    ids=["fill", "jpeg", "few", "packed", "two-colours", "palette", "gradient", "raw", "copy", "size", "screens"],
)
def test_a_rectangle_is_read_to_its_end(rectangle: tuple[int, int, int, bytes]) -> None:
    sent = Bytes(update_of(rectangle, (8, 8, 7, FILL)) + b"next")
    assert message_read(sent.read)
    assert sent.data == b"next"


def test_an_update_of_unknown_length_ends_where_it_says() -> None:
    rectangles = update_of((8, 8, 7, FILL), (0, 0, -224, b""))
    sent = Bytes(struct.pack(">BxH", 0, 0xFFFF) + rectangles[4:] + b"next")
    assert message_read(sent.read)
    assert sent.data == b"next"


@pytest.mark.parametrize(
    "message", [b"\x02", b"\x03xxx" + struct.pack(">i", 4) + b"text", b"\x01xxx\x00\x02" + b"c" * 12]
)
def test_what_is_no_picture_is_read_as_well(message: bytes) -> None:
    sent = Bytes(message + b"next")
    assert not message_read(sent.read)
    assert sent.data == b"next"


@pytest.mark.parametrize("message", [b"\xff", update_of((8, 8, 16, b""))], ids=["message", "encoding"])
def test_what_was_not_asked_for_is_refused(message: bytes) -> None:
    with pytest.raises(ConnectionError, match="not asked for"):
        message_read(Bytes(message + bytes(64)).read)


def test_the_answer_to_a_challenge_is_that_of_every_other_client() -> None:
    assert answer_to(bytes(16), "password").hex() == "ff97502e9422f089" * 2, "as OpenSSL has it, with the bits turned"
    assert answer_to(bytes(8), "password") != answer_to(bytes(8), "passwore")
    assert answer_to(bytes(8), "passwords") == answer_to(bytes(8), "password"), "no more than eight count"


class Desktop:
    """Lets in whoever answers the challenge, and sends what it is told to."""

    def __init__(self, key: str) -> None:
        self.sent, self.got = bytearray(), bytearray()
        self.more: queue.Queue[bytes] = queue.Queue()
        self.key = key
        self.sent += b"RFB 003.008\n" + b"\x01\x02" + b"0123456789abcdef" + b"\0\0\0\0"
        self.sent += struct.pack(">HH16xI", 1280, 800, 4) + b"name"

    def read(self, count: int) -> bytes:
        while len(self.sent) < count:
            if not (more := self.more.get(timeout=5)):
                raise ConnectionError("hung up")
            self.sent += more
        taken = bytes(self.sent[:count])
        del self.sent[:count]
        return taken

    def write(self, data: bytes) -> None:
        self.got += data


def test_whoever_looks_asks_for_each_picture_after_the_one_before() -> None:
    desktop = Desktop("look1234")
    eye = Rfb(desktop, "look1234")
    assert (eye.width, eye.height) == (1280, 800)
    desktop.more.put(update_of((8, 8, 7, FILL)))
    desktop.more.put(b"\x02" + update_of((8, 8, 7, JPEG)))
    eye.point(5, 6, MIDDLE)
    eye.sees(100, 5)
    eye.end(lambda: desktop.more.put(b""))
    assert (eye.updates, eye.looks) == (2, False)
    with pytest.raises(AssertionError, match="are waited for"):
        eye.sees(10_000, 5)
    entry = b"RFB 003.008\n" + b"\x02" + answer_to(b"0123456789abcdef", "look1234") + b"\x01"
    entry += b"\0\0\0\0" + PIXELS + struct.pack(f">BxH{len(ENCODINGS)}i", 2, len(ENCODINGS), *ENCODINGS)
    assert desktop.got.startswith(entry)
    rest = bytes(desktop.got[len(entry) :])
    pointer = struct.pack(">BBHH", 5, MIDDLE, 5, 6)
    asks = [struct.pack(">BBHHHH", 3, incremental, 0, 0, 1280, 800) for incremental in (0, 1, 1)]
    assert rest.replace(pointer, b"", 1) == b"".join(asks)


@pytest.mark.parametrize(
    ("offer", "reason"), [(b"\x01\x01", "offers"), (b"\x01\x02" + bytes(16) + b"\0\0\0\1", "does not take the key")]
)
def test_a_desktop_that_lets_nobody_in_is_told(offer: bytes, reason: str) -> None:
    desktop = Desktop("look1234")
    desktop.sent = bytearray(b"RFB 003.008\n" + offer)
    with pytest.raises(ConnectionError, match=reason):
        Rfb(desktop, "look1234")


def test_a_circle_goes_round_and_comes_back() -> None:
    points = list(islice(circle(500, 400, 100), 61))
    assert points[0] == points[60] == (600, 400)
    assert points[15] == (500, 500) and points[30] == (400, 400)
    assert len(set(points)) == 60
