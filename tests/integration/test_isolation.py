"""What a workspace can reach, tried from inside of one: not another, not this machine, not the engine."""

from __future__ import annotations

import http.server
import re
import socket
import threading
from collections.abc import Iterator

import docker
import pytest

from tests.engine_cleanup import things_of
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
TRY = """
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).sendall(b"x")
print("reached")
"""


@pytest.fixture(scope="module")
def two(
    platform: Platform, docker_engine: docker.DockerClient
) -> Iterator[tuple[docker.models.containers.Container, ...]]:
    """Two running workspaces of two people; the second serves its files on port 8000."""
    made = []
    for name in ("alice", "bob"):
        token = platform.token(f"{name}-isolation@example.org")
        answer = platform.post("/api/v1/spaces/create", json={"type": "terminal"}, token=token)
        assert answer.status_code == 201, answer.text
        made.append((token, answer.json()["spaceId"], docker_engine.containers.get(answer.json()["containerId"])))
    neighbour = made[1][2]
    neighbour.exec_run(["python3", "-m", "http.server", "8000", "--bind", "0.0.0.0"], detach=True)
    eventually(lambda: reaches(neighbour, "127.0.0.1", 8000), "the neighbour serves", 10)
    yield tuple(container for _token, _number, container in made)
    for token, number, _container in made:
        assert platform.delete(f"/api/v1/spaces/delete/{number}", token=token).status_code == 200


@pytest.fixture(scope="module")
def host_port() -> Iterator[int]:
    """A service on this machine that listens on all its addresses, as a database might by mistake."""
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def reaches(container: docker.models.containers.Container, address: str, port: int) -> bool:
    code, output = container.exec_run(["python3", "-c", TRY, address, str(port)])
    return code == 0 and b"reached" in output


def own_addresses(container: docker.models.containers.Container) -> tuple[str, str]:
    """The container's address and its network's gateway, which is this machine."""
    container.reload()
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return network["IPAddress"], network["Gateway"]


def host_addresses() -> list[str]:
    """IPv4 addresses of this machine, its docker bridge included."""
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; asks the kernel which address it would use
        found.add(probe.getsockname()[0])
    return sorted(address for address in found | {"172.17.0.1"} if not address.startswith("127."))


def test_a_workspace_does_not_reach_another(two: tuple[docker.models.containers.Container, ...]) -> None:
    alices, bobs = two
    assert not reaches(alices, own_addresses(bobs)[0], 8000)


def test_it_does_not_reach_services_of_this_machine(
    two: tuple[docker.models.containers.Container, ...], host_port: int
) -> None:
    alices, bobs = two
    for address in [own_addresses(alices)[1], own_addresses(bobs)[1], *host_addresses()]:
        with socket.create_connection((address, host_port), 2):
            pass  # it does listen there
        assert not reaches(alices, address, host_port), address


def test_it_reaches_neither_the_site_nor_the_engine(
    two: tuple[docker.models.containers.Container, ...], platform: Platform
) -> None:
    alices = two[0]
    gateway = own_addresses(alices)[1]
    for port in (platform.port, 2375, 2376):
        assert not reaches(alices, gateway, port)
    assert alices.exec_run(["sh", "-c", "test -e /var/run/docker.sock"])[0] != 0


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"])
def test_private_ranges_and_the_metadata_address_are_dropped_before_they_leave(
    address: str, two: tuple[docker.models.containers.Container, ...]
) -> None:
    code, output = two[0].exec_run(["python3", "-c", TRY, address, "80"])
    assert code != 0
    assert b"timed out" in output, "dropped by the guard; anything else would be an answer of somebody"


def test_it_has_names_and_the_way_out(two: tuple[docker.models.containers.Container, ...]) -> None:
    """The mirror that its package manager uses, by name: the engine's resolver asks this machine's."""
    _code, sources = two[0].exec_run(["sh", "-c", "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null"])
    mirror = re.findall(rb"https?://([^/\s]+)", sources)[0].decode()
    code, output = two[0].exec_run(["getent", "ahostsv4", mirror])
    assert code == 0, output
    assert reaches(two[0], mirror, 80)


def test_it_has_no_second_address_family_to_go_around_the_guard(
    two: tuple[docker.models.containers.Container, ...],
) -> None:
    code, output = two[0].exec_run(["sh", "-c", "ip -6 addr show scope global; ip -6 addr show scope link"])
    assert code == 0 and output.strip() == b""


def test_it_sees_nothing_of_the_platform(
    two: tuple[docker.models.containers.Container, ...], platform: Platform
) -> None:
    secret = (platform.data / "secret_key").read_text()
    _code, environment = two[0].exec_run(["env"])
    _code, command_lines = two[0].exec_run(["sh", "-c", "cat /proc/*/cmdline /proc/*/environ 2>/dev/null"])
    for text in (environment, command_lines):
        assert secret.encode() not in text
        assert b"SECRET" not in text and b"PASSWORD" not in text and b"sp_" not in text


def test_every_thing_it_has_carries_its_labels(
    two: tuple[docker.models.containers.Container, ...], platform: Platform, docker_engine: docker.DockerClient
) -> None:
    named = {thing for thing in things_of(docker_engine, platform.instance) if two[0].name in thing}
    assert named == {f"{what} {two[0].name}" for what in ("container", "network", "volume")}
