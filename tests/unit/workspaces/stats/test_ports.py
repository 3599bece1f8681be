"""Ports that are listened on, as the kernel's tables have them."""

from __future__ import annotations

import socket
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.engine.docker.ports import MOST_BYTES, ports_here, ports_listening
from workspaces.engine.inside import ListeningPort

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
REST = "00000000:00000000 00:00000000 00000000  1000        0 87651 1 0000000000000000 100 0 0 10 0"
TCP = HEAD + f"""   0: 00000000:1F90 00000000:0000 0A {REST}
   1: 0B00007F:9C4D 00000000:0000 0A {REST}
   2: 0100007F:1388 00000000:0000 0A {REST}
   3: 0300D50A:1F90 0100D50A:D2A2 01 {REST}
   4: 0300D50A:0BB8 0100D50A:D2A2 06 {REST}
"""
TCP6 = HEAD + f"""   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A {REST}
   1: 00000000000000000000000001000000:0FA0 00000000000000000000000000000000:0000 0A {REST}
   2: 0000000000000000FFFF00000100007F:0FA1 00000000000000000000000000000000:0000 0A {REST}
   3: 0000000000000000FFFF00000300D50A:0FA2 00000000000000000000000000000000:0000 0A {REST}
"""
ID = "8" * 64
INSPECTED = {"Id": ID, "State": {"Pid": 41}}
LOOPBACKS = st.one_of(
    st.just(IPv6Address("::1")), st.integers(0x7F000000, 0x7FFFFFFF).filter(lambda n: n != 0x7F00000B).map(IPv4Address)
)
OTHERS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(
    lambda address: not (getattr(address, "ipv4_mapped", None) or address).is_loopback
)


def line(address: IPv4Address | IPv6Address, port: int, state: str = "0A") -> str:
    """As the kernel writes it."""
    words = [address.packed[at : at + 4] for at in range(0, len(address.packed), 4)]
    text = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"   0: {text}:{port:04X} {'0' * len(text)}:0000 {state} {REST}\n"


def test_those_that_listen_are_found_and_nothing_else() -> None:
    assert ports_listening(TCP6 + TCP) == [
        ListeningPort(3000, False),
        ListeningPort(4000, True),
        ListeningPort(4001, True),
        ListeningPort(4002, False),
        ListeningPort(5000, True),
        ListeningPort(8080, False),
    ]


def test_a_port_that_is_open_anywhere_but_on_the_loopback_is_open() -> None:
    both = line(ip_address("127.0.0.1"), 80) + line(ip_address("::"), 80) + line(ip_address("::1"), 80)
    assert ports_listening(both) == [ListeningPort(80, False)]


@given(st.dictionaries(st.integers(1, 65535), LOOPBACKS), st.dictionaries(st.integers(1, 65535), OTHERS))
def test_every_address_is_read_as_the_kernel_writes_it(
    inner: dict[int, IPv4Address | IPv6Address], outer: dict[int, IPv4Address | IPv6Address]
) -> None:
    text = HEAD + "".join(line(address, port) for found in (inner, outer) for port, address in found.items())
    expected = [ListeningPort(port, port not in outer) for port in sorted(inner | outer)]
    assert ports_listening(text) == expected


@given(st.text())
def test_rubbish_is_passed_over(text: str) -> None:
    assert ports_listening(f"{text}\n{TCP}{text}") == ports_listening(TCP)


@pytest.mark.parametrize(
    "columns",
    ["0: 00000000:1F90 0:0 01", "0: 00000000:0000 0:0 0A", "0: 00000000:11F90 0:0 0A", "0: 000000:1F90 0:0 0A",
     "0: 0000000000000000:1F90 0:0 0A", "0: 00000000 0:0 0A", "0: GG000000:1F90 0:0 0A", "0A 0A 0A 0A", "0A",
     ": : : 0A"],
)  # fmt: skip
def test_a_line_that_is_none_of_a_table_says_nothing(columns: str) -> None:
    assert ports_listening(f"{columns} {REST}\n") == []


def test_they_are_told_of_a_container_of_this_machine_alone(tmp_path: Path) -> None:
    (tmp_path / "proc/41/net").mkdir(parents=True)
    (tmp_path / "proc/41/cgroup").write_text(f"0::/docker/{ID}\n")
    (tmp_path / "proc/41/net/tcp").write_text(TCP)
    assert ports_here(INSPECTED, tmp_path) == ports_listening(TCP), "this kernel has no IPv6"
    (tmp_path / "proc/41/net/tcp6").write_text(TCP6)
    assert ports_here(INSPECTED, tmp_path) == ports_listening(TCP + TCP6)
    strangers: list[dict[str, Any]] = [{}, INSPECTED | {"Id": "9" * 64}, INSPECTED | {"State": {"Pid": 42}}]
    assert [ports_here(stranger, tmp_path) for stranger in strangers] == [None, None, None]
    (tmp_path / "proc/41/net/tcp").unlink()
    (tmp_path / "proc/41/net/tcp6").unlink()
    (tmp_path / "proc/41/net").rmdir()
    assert ports_here(INSPECTED, tmp_path) is None, "it ended in this moment"


def test_of_a_table_without_end_the_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "proc/41/net").mkdir(parents=True)
    (tmp_path / "proc/41/cgroup").write_text(f"0::/docker/{ID}\n")
    connection = line(ip_address("10.213.0.3"), 8080, "01")
    (tmp_path / "proc/41/net/tcp").write_text(TCP + connection * (MOST_BYTES // len(connection)) + TCP6)
    assert ports_here(INSPECTED, tmp_path) == ports_listening(TCP)


def test_the_kernel_here_writes_them_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert ListeningPort(port, True) in ports_listening(Path("/proc/self/net/tcp").read_text())
