"""A mend of docker-py, by which tests run commands in containers: it loses what a command prints before its answer is
read, since it goes on at the socket below the reader that holds it already (docker 7.1, `_get_raw_response_socket`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from docker.api.client import APIClient
from docker.utils.socket import consume_socket_output, demux_adaptor

_HEAD = struct.Struct(">BxxxL")


def mend() -> None:
    """Commands whose output is wanted whole have it whole from now on. Twice is fine."""
    APIClient._read_from_socket = _read_whole


def _read_whole(self: APIClient, response: Any, stream: bool, tty: bool = True, demux: bool = False) -> Any:
    assert not stream and not tty, "tests want what a command printed, when it has ended"
    self._raise_for_status(response)
    with closing(response):
        printed: bytes = response.raw._fp.fp.read()
    frames = _frames(printed)
    return consume_socket_output((demux_adaptor(*frame) if demux else frame[1] for frame in frames), demux=demux)


def _frames(printed: bytes) -> Iterator[tuple[int, bytes]]:
    """The engine's frames: one byte says which stream, four how long it is."""
    at = 0
    while at < len(printed):
        stream, length = _HEAD.unpack_from(printed, at)
        at += _HEAD.size
        yield stream, printed[at : at + length]
        at += length
