"""Ports that are listened on in a container, as the kernel's tables of its network's sockets have them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from pathlib import Path
from typing import Any

from workspaces.engine.docker.counters import ROOT, process_here
from workspaces.engine.inside import ListeningPort

TABLES = ("net/tcp6", "net/tcp")
MOST_BYTES = 1024**2
"""Of each table: those that listen come before all connections."""
_LISTEN = "0A"
_ENGINES_OWN = IPv4Address("127.0.0.11")
"""Where Docker answers a container's questions for names."""
_LOOPBACK = IPv4Network("127.0.0.0/8")
_WORD = 8


def ports_here(inspected: Mapping[str, Any], root: Path = ROOT) -> list[ListeningPort] | None:
    """The ports of a container, by what `inspect` says of it. None when it cannot be told here, as for its usage."""
    process = process_here(inspected, root)
    if process is None:
        return None
    try:
        return ports_listening("\n".join(_beginning(process / table) for table in TABLES))
    except OSError:  # it ended meanwhile
        return None


def ports_listening(text: str) -> list[ListeningPort]:
    """The listening ports in `text`, which is any number of tables as /proc/net/tcp and tcp6; by number, each once.

    A line that is none of a table is passed over: what a container printed is not to be trusted.
    """
    loopback_only: dict[int, bool] = {}
    for address, port in _listeners(text):
        if address != _ENGINES_OWN:
            is_loopback = address in _LOOPBACK if isinstance(address, IPv4Address) else address.is_loopback
            loopback_only[port] = loopback_only.get(port, True) and is_loopback
    return [ListeningPort(port, loopback_only[port]) for port in sorted(loopback_only)]


def _listeners(text: str) -> Iterator[tuple[IPv4Address | IPv6Address, int]]:
    """Columns: number, local address, remote address, state. Each address is `ADDRESS:PORT`, both in hexadecimal."""
    for line in text.splitlines():
        columns = line.split(maxsplit=4)
        if len(columns) < 4 or columns[3] != _LISTEN:
            continue
        host, _colon, number = columns[1].partition(":")
        try:
            address, port = _address(host), int.from_bytes(bytes.fromhex(number), "big")
        except ValueError:
            continue
        if 0 < port < 2**16:
            yield address, port


def _address(text: str) -> IPv4Address | IPv6Address:
    """From words of four bytes, each written as the machine's number that they would be; raises `ValueError`."""
    words = [bytes.fromhex(text[at : at + _WORD]) for at in range(0, len(text), _WORD)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    if len(packed) == 4:
        return IPv4Address(packed)
    address = IPv6Address(packed)
    return address.ipv4_mapped or address


def _beginning(path: Path) -> str:
    """No table where the kernel is without that protocol."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("ascii", "replace")
    except FileNotFoundError:
        if path.parent.exists():
            return ""
        raise
