"""What can be reached from networks of each mode, and with ranges of their own blocked, tried from inside of them."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import docker
import pytest

from tests.waiting import eventually
from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, ContainerSpec, EngineError, NetworkMode
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.guard import GUARD_NAME

pytestmark = pytest.mark.integration
PUBLIC, PRIVATE = "198.51.100.2", "192.168.234.2"
"""Addresses of the test's own machine: one that the internet might have, and one of a private network."""
PORT = "8000"
TRY = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
    print("reached")
except OSError as error:
    print(error)
"""
ANSWER = f"""
import socket
listener = socket.create_server(("", {PORT}))
while True:
    listener.accept()[0].close()
"""
Enter = Callable[..., str]


def host(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def target(
    docker_engine: docker.DockerClient, terminal_image: str, instance: str, engine_cleaned: None
) -> Iterator[None]:
    """A machine beyond this one, at both addresses: by a cable, since the engine keeps its own networks apart."""
    machine = docker_engine.containers.run(
        terminal_image, ["python3", "-c", ANSWER], detach=True, network="none",
        labels={LABEL_INSTANCE: instance},
    )  # fmt: skip
    machine.reload()
    inside = ("nsenter", "--net", "--target", str(machine.attrs["State"]["Pid"]))
    cable = f"tst{secrets.token_hex(4)}"
    host("ip", "link", "add", cable, "type", "veth", "peer", "name", "cable", "netns", inside[-1])
    try:
        for address in (PUBLIC, PRIVATE):
            network = address.rsplit(".", 1)[0]
            host("ip", "address", "add", f"{network}.1/24", "dev", cable)
            host(*inside, "ip", "address", "add", f"{address}/24", "dev", "cable")
        host("ip", "link", "set", cable, "up")
        host(*inside, "ip", "link", "set", "cable", "up")
        host(*inside, "ip", "route", "add", "default", "via", f"{PUBLIC.rsplit('.', 1)[0]}.1")
        yield
    finally:
        host("ip", "link", "delete", cable)


@pytest.fixture
def enter(real: DockerEngine, spec: ContainerSpec, guard_image: str) -> Enter:
    """`enter(mode, blocked)`: name of a container that runs in a new network of that mode."""
    real.prepare(guard_image)

    def make(mode: NetworkMode, blocked: Sequence[str] = ()) -> str:
        public_id = "t" + secrets.token_hex(6)[:11]
        labels = {**spec.labels, LABEL_WORKSPACE: public_id}
        own = replace(spec, name=f"spaces-{public_id}", labels=labels, network_mode=mode, command=("sleep", "infinity"))
        real.ensure_network(own.name, labels, mode, blocked)
        real.ensure_container(own)
        real.start(own.name)
        return own.name

    return make


def reached(engine: DockerEngine, name: str) -> list[str]:
    """Which of the target's addresses answer."""
    tries = {address: engine.exec(name, ["python3", "-c", TRY, address, PORT]).stdout for address in (PUBLIC, PRIVATE)}
    return [address for address, said in tries.items() if said == b"reached\n"]


def rules() -> str:
    printed = subprocess.run(
        ["docker", "exec", GUARD_NAME, "sh", "-c", "iptables-nft -t mangle -S; iptables-legacy -t mangle -S"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return printed.stdout


def network(engine: DockerEngine, name: str, mode: NetworkMode, blocked: Sequence[str] = ()) -> None:
    """Ask for the network again."""
    labels = {LABEL_INSTANCE: "", LABEL_WORKSPACE: name.removeprefix("spaces-")}
    engine.ensure_network(name, labels, mode, blocked)


def test_each_mode_reaches_what_it_says(real: DockerEngine, enter: Enter, target: None) -> None:
    assert reached(real, enter("internet")) == [PUBLIC]
    assert reached(real, enter("lan")) == [PUBLIC, PRIVATE]
    assert reached(real, enter("none")) == []


@pytest.mark.parametrize("mode", ["internet", "lan"])
def test_ranges_of_its_own_are_out_of_reach_and_no_others(
    mode: NetworkMode, real: DockerEngine, enter: Enter, target: None
) -> None:
    free = enter(mode)
    closed = enter(mode, ["203.0.113.0/24", f"{PUBLIC}/32"])
    assert PUBLIC not in reached(real, closed)
    assert PUBLIC in reached(real, free), "another network goes on as before"
    if mode == "lan":
        assert reached(real, closed) == [PRIVATE]


def test_names_are_found_though_everything_is_blocked(real: DockerEngine, enter: Enter, target: None) -> None:
    name = enter("internet", ["0.0.0.0/0"])
    assert reached(real, name) == []
    resolved = real.exec(name, ["getent", "ahostsv4", "deb.debian.org"])
    assert resolved.exit_code == 0, resolved


def test_exactly_the_ranges_asked_for_last_hold(real: DockerEngine, enter: Enter, target: None) -> None:
    name = enter("lan", [f"{PUBLIC}/32"])
    assert reached(real, name) == [PRIVATE]
    for _ in range(2):
        network(real, name, "lan", [f"{PRIVATE}/32"])
        assert reached(real, name) == [PUBLIC]
    network(DockerEngine(), name, "lan")  # another process, which was not there when they were set
    assert reached(real, name) == [PUBLIC, PRIVATE]


def test_they_hold_while_the_guard_is_replaced_and_are_put_back(
    real: DockerEngine, enter: Enter, target: None, docker_engine: docker.DockerClient, guard_image: str
) -> None:
    name = enter("internet", [f"{PUBLIC}/32"])
    docker_engine.api.remove_container(GUARD_NAME, force=True)
    assert reached(real, name) == []
    real.prepare(guard_image)
    assert reached(real, name) == []
    chain = f"SPACES-B-sp{name.removeprefix('spaces-')}"
    flush = f"for kind in nft legacy; do iptables-$kind -w -t mangle -F {chain} 2>/dev/null; done; true"
    assert docker_engine.containers.get(GUARD_NAME).exec_run(["sh", "-c", flush])[0] == 0
    eventually(lambda: f"-A {chain} -d {PUBLIC}/32 -j DROP" in rules(), "the guard puts them back", 12)
    assert reached(real, name) == []


def test_with_its_network_they_go(real: DockerEngine, enter: Enter) -> None:
    name = enter("internet", ["203.0.113.0/24"])
    chain = f"SPACES-B-sp{name.removeprefix('spaces-')}"
    assert chain in rules()
    real.remove_container(name)
    real.remove_network(name)
    assert chain not in rules()


def test_of_networks_that_others_removed_the_guard_cleans_up(
    real: DockerEngine, enter: Enter, docker_engine: docker.DockerClient
) -> None:
    name = enter("internet", ["203.0.113.0/24"])
    chain = f"SPACES-B-sp{name.removeprefix('spaces-')}"
    real.remove_container(name)
    docker_engine.api.remove_network(name)
    eventually(lambda: chain not in rules(), "the guard notices", 12)


def test_what_is_no_range_is_refused_and_all_stays_as_it_was(real: DockerEngine, enter: Enter) -> None:
    name = enter("internet", ["203.0.113.0/24"])
    for nonsense in ("203.0.113.0/99", "example.org", "1.2.3.4 -j ACCEPT", "::/0"):
        with pytest.raises(EngineError, match="refused"):
            network(real, name, "internet", [nonsense])
    assert f"-A SPACES-B-sp{name.removeprefix('spaces-')} -d 203.0.113.0/24 -j DROP" in rules()


def test_asking_for_a_network_without_any_takes_no_call_to_the_guard(real: DockerEngine, enter: Enter) -> None:
    name = enter("internet")
    began = time.monotonic()
    for _ in range(10):
        network(real, name, "internet")
    assert time.monotonic() - began < 10 * 0.1
