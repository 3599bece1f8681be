"""Ports that are listened on in a container, on the real engine and the fake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.waiting import eventually
from workspaces.engine.base import ContainerSpec, Engine, EngineUnavailable
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker import inside as docker_inside
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecStream, ListeningPort

pytestmark = pytest.mark.integration
LISTEN = """
import socket, sys
kept = []
for place in sys.argv[1:]:
    address, port = place.rsplit(" ", 1)
    six = ":" in address
    family = socket.AF_INET6 if six else socket.AF_INET
    kept.append(socket.create_server((address, int(port)), family=family, dualstack_ipv6=six))
print("listening", flush=True)
sys.stdin.read()
"""
WHERE = ("0.0.0.0 3000", "127.0.0.1 3001", ":: 3002", "::ffff:127.0.0.1 3003")
"""What the tests open, on all that there is in a container (Docker gives it no ::1); its own command is on 8000."""
FOUND = [
    ListeningPort(3000, False),
    ListeningPort(3001, True),
    ListeningPort(3002, False),
    ListeningPort(3003, True),
    ListeningPort(8000, False),
]


@pytest.fixture
def listening(engine: Engine, running: ContainerSpec) -> Iterator[ContainerSpec]:
    """A container in which all the ports of `FOUND` are listened on."""
    if isinstance(engine, FakeEngine):
        engine.ports[running.name] = FOUND[::-1]
        yield running
        return
    stream = opened(engine, running)
    yield running
    stream.close()


def opened(engine: Engine, spec: ContainerSpec, places: tuple[str, ...] = WHERE) -> ExecStream:
    """A program in the container listens at `places` until the stream is closed, and its own command on 8000."""
    stream = engine.exec_stream(spec.name, ["python3", "-c", LISTEN, *places])
    assert stream.read() == (1, b"listening\n")
    eventually(lambda: ListeningPort(8000, False) in engine.listening_ports(spec.name), "its own command listens", 15)
    return stream


def test_they_are_told_by_number_with_whether_others_get_there(engine: Engine, listening: ContainerSpec) -> None:
    assert engine.listening_ports(listening.name) == FOUND
    engine.pause(listening.name)
    assert engine.listening_ports(listening.name) == FOUND, "a paused one keeps them"


def test_there_are_none_where_nothing_runs(engine: Engine, made: ContainerSpec) -> None:
    assert engine.listening_ports(made.name) == []
    engine.start(made.name)
    engine.stop(made.name, grace_seconds=1)
    assert engine.listening_ports(made.name) == []
    assert engine.listening_ports("spaces-nothere00000") == []


def test_one_that_is_closed_is_gone(real: DockerEngine, spec: ContainerSpec) -> None:
    started(real, spec)
    stream = opened(real, spec, WHERE[:1])
    assert ListeningPort(3000, False) in real.listening_ports(spec.name)
    stream.close()
    eventually(lambda: real.listening_ports(spec.name) == [ListeningPort(8000, False)], "it is gone", 5)


def test_nothing_is_run_in_a_container_of_this_machine(
    real: DockerEngine, spec: ContainerSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(real, spec)

    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a command was run in it")

    monkeypatch.setattr(docker_inside, "execute", never)
    eventually(lambda: real.listening_ports(spec.name) == [ListeningPort(8000, False)], "it listens", 15)


def test_a_command_finds_the_same_where_the_engine_is_elsewhere(
    real: DockerEngine, spec: ContainerSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(real, spec)
    stream = opened(real, spec)
    monkeypatch.setattr(docker_inside, "ports_here", lambda _inspected: None)
    assert real.listening_ports(spec.name) == FOUND
    stream.close()
    real.pause(spec.name)
    assert real.listening_ports(spec.name) == [], "in a paused one no command can be run"
    monkeypatch.setattr(docker_inside, "CAT", ("there-is-no-such-command",))
    real.unpause(spec.name)
    assert real.listening_ports(spec.name) == []


def test_an_engine_that_is_away_is_said(engine: Engine, listening: ContainerSpec) -> None:
    if isinstance(engine, FakeEngine):
        engine.down = True
    else:
        engine = away()
    with pytest.raises(EngineUnavailable):
        engine.listening_ports(listening.name)


def away() -> DockerEngine:
    """One that is not where it is looked for."""
    import docker

    engine = DockerEngine()
    engine.__dict__["client"] = docker.DockerClient("unix:///tmp/there-is-no-such-socket", version="1.41")
    return engine


def started(real: DockerEngine, spec: ContainerSpec) -> None:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
