"""Commands in containers, on the real engine and on the fake where both can: in, out, and never longer than allowed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.relay import Relay
from tests.waiting import eventually
from workspaces.engine.base import ContainerMissing, ContainerSpec, Engine, EngineConflict, EngineUnavailable
from workspaces.engine.docker import DockerEngine
from workspaces.engine.inside import STDERR, STDOUT, ExecStream

pytestmark = pytest.mark.integration
MANY_BYTES = os.urandom(8 * 1024**2)


@pytest.fixture
def own(real: DockerEngine, spec: ContainerSpec) -> str:
    """Name of a container that runs on the real engine."""
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    return spec.name


def all_of(stream: ExecStream) -> dict[int, bytes]:
    """Everything it prints until it ends, by stream."""
    found = {STDOUT: b"", STDERR: b""}
    while (piece := stream.read()) is not None:
        assert 0 < len(piece[1]) <= 64 * 1024
        found[piece[0]] += piece[1]
    return found


def processes(engine: Engine, name: str, pattern: str) -> int:
    """How many processes in the container have that in their command line."""
    lines = engine.exec(name, ["ps", "axww", "-o", "args="]).stdout.decode().splitlines()
    return sum(pattern in line for line in lines)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_command_is_run_as_it_is(engine: Engine, running: ContainerSpec) -> None:
    result = engine.exec(running.name, ["echo", "$HOME; ls", "two words"])
    assert (result.stdout, result.stderr, result.exit_code) == (b"$HOME; ls two words\n", b"", 0)
    assert not result.cut and not result.timed_out
    assert engine.exec(running.name, ["false"]).exit_code == 1


def test_it_gets_its_input_and_its_end(engine: Engine, running: ContainerSpec) -> None:
    result = engine.exec(running.name, ["cat"], stdin=MANY_BYTES, max_bytes=len(MANY_BYTES))
    assert (result.stdout == MANY_BYTES, result.cut, result.exit_code) == (True, False, 0)


def test_more_output_than_wanted_is_dropped_and_said(engine: Engine, running: ContainerSpec) -> None:
    result = engine.exec(running.name, ["cat"], stdin=MANY_BYTES, max_bytes=1000)
    assert (result.stdout, result.cut, result.exit_code) == (MANY_BYTES[:1000], True, 0)


def test_a_stream_is_written_ended_and_read(engine: Engine, running: ContainerSpec) -> None:
    stream = engine.exec_stream(running.name, ["cat"])
    assert stream.exit_code() is None
    stream.write(b"one ")
    stream.write(b"two")
    stream.end_input()
    assert all_of(stream) == {STDOUT: b"one two", STDERR: b""}
    assert stream.exit_code() == 0
    assert stream.read() is None, "the end stays the end"
    stream.close()
    stream.close()


async def test_the_asynchronous_half_does_the_same(engine: Engine, running: ContainerSpec) -> None:
    stream = await asyncio.to_thread(engine.exec_stream, running.name, ["cat"])
    await stream.awrite(b"one two")
    stream.end_input()
    assert await stream.aread() == (STDOUT, b"one two")
    assert await stream.aread() is None
    assert await asyncio.to_thread(stream.exit_code) == 0
    stream.close()


def test_a_container_that_is_missing_or_does_not_run_or_sleeps_is_said(engine: Engine, made: ContainerSpec) -> None:
    for run in (engine.exec, engine.exec_stream):
        with pytest.raises(ContainerMissing):
            run("spaces-nothere00000", ["true"])
        with pytest.raises(EngineConflict):
            run(made.name, ["true"])
    engine.start(made.name)
    engine.pause(made.name)
    for run in (engine.exec, engine.exec_stream):
        with pytest.raises(EngineConflict):
            run(made.name, ["true"])


def test_it_runs_as_whom_where_and_with_what_it_is_told(real: DockerEngine, own: str) -> None:
    script = 'echo "$(id -u) $PWD $GREETING $COLOUR"; echo oops >&2; exit 3'
    result = real.exec(own, ["sh", "-c", script], user="0", workdir="/tmp", environment={"GREETING": "good day"})
    assert (result.stdout, result.stderr, result.exit_code) == (b"0 /tmp good day blue\n", b"oops\n", 3)
    missing = real.exec(own, ["true"], workdir="/not/there")
    assert missing.exit_code == 126 and b"/not/there" in missing.stdout + missing.stderr


def test_nothing_of_what_is_printed_at_once_is_lost(real: DockerEngine, own: str) -> None:
    for number in range(40):
        assert real.exec(own, ["echo", str(number)]).stdout == f"{number}\n".encode()


def test_input_that_nobody_reads_is_dropped(real: DockerEngine, own: str) -> None:
    assert real.exec(own, ["true"], stdin=MANY_BYTES).exit_code == 0
    stream = real.exec_stream(own, ["true"])
    assert all_of(stream) == {STDOUT: b"", STDERR: b""}
    stream.write(MANY_BYTES)
    assert stream.exit_code() == 0
    stream.close()
    unread = real.exec_stream(own, ["true"])
    unread.write(MANY_BYTES)
    asyncio.run(unread.awrite(MANY_BYTES))
    unread.close()


def test_a_command_that_takes_too_long_is_killed_with_all_that_it_started(real: DockerEngine, own: str) -> None:
    began = time.monotonic()
    script = "echo begun; (setsid sleep 4711 &); (trap '' TERM INT; sleep 4711) & sleep 4711"
    result = real.exec(own, ["sh", "-c", script], timeout_seconds=0.5)
    assert (result.stdout, result.exit_code, result.timed_out) == (b"begun\n", 124, True)
    assert time.monotonic() - began < 5
    assert processes(real, own, "sleep 4711") == 0
    assert processes(real, own, "http.server"), "what it did not start goes on"


def test_so_is_one_that_multiplies_as_fast_as_it_may(real: DockerEngine, own: str) -> None:
    result = real.exec(own, ["bash", "-c", "more() { more | more & }; more; sleep 4711"], timeout_seconds=1)
    assert result.timed_out
    eventually(lambda: processes(real, own, "more") == 0, "all of it has ended", 5)


def test_output_waits_until_it_is_wanted(real: DockerEngine, own: str) -> None:
    """Twenty megabytes that nobody reads stay with the command, which waits, and come whole when somebody does."""
    script = "import sys; sys.stdout.buffer.write(bytes(20 * 1024**2)); sys.stdout.flush(); open('/tmp/done', 'w')"
    stream = real.exec_stream(own, ["python3", "-c", script])
    time.sleep(1.0)  # long enough to have written it all, had it been taken
    assert real.exec(own, ["test", "-e", "/tmp/done"]).exit_code == 1
    assert len(all_of(stream)[STDOUT]) == 20 * 1024**2
    assert real.exec(own, ["test", "-e", "/tmp/done"]).exit_code == 0
    stream.close()


def test_letting_go_ends_a_command_that_waits_for_input(real: DockerEngine, own: str) -> None:
    stream = real.exec_stream(own, ["sh", "-c", "cat; : 4712"])
    stream.write(b"x")
    assert stream.read() == (STDOUT, b"x")
    stream.close()
    eventually(lambda: processes(real, own, "4712") == 0, "it has ended", 5)


async def test_both_directions_at_once_and_nothing_left_behind(real: DockerEngine, own: str) -> None:
    for _ in range(30):
        real.exec(own, ["true"])  # the SDK keeps some connections, each for one path
    before = threading.active_count(), open_files()
    for _ in range(3):
        stream = real.exec_stream(own, ["cat"])

        async def feed(stream: ExecStream = stream) -> None:
            for start in range(0, len(MANY_BYTES), 300_000):
                await stream.awrite(MANY_BYTES[start : start + 300_000])
            stream.end_input()

        feeder = asyncio.create_task(feed())
        echoed = bytearray()
        while (piece := await stream.aread()) is not None:
            echoed += piece[1]
        await feeder
        assert echoed == MANY_BYTES
        stream.close()
    after = threading.active_count(), open_files()
    assert after[1] <= before[1] + 2, "no connection is left open"
    assert after[0] <= before[0] + 3, "no thread is left but the event loop's own pool"


async def test_whoever_waits_is_woken_by_its_end(real: DockerEngine, own: str) -> None:
    stream = real.exec_stream(own, ["cat"])
    reader = asyncio.create_task(stream.aread())
    await asyncio.sleep(0.1)  # so that it waits
    stream.close()
    assert await asyncio.wait_for(reader, 5) is None


def test_a_command_ends_with_its_container(real: DockerEngine, own: str) -> None:
    stream = real.exec_stream(own, ["cat"])
    stream.write(b"x")
    assert stream.read() == (STDOUT, b"x")
    real.stop(own, grace_seconds=0)
    assert all_of(stream) == {STDOUT: b"", STDERR: b""}
    assert stream.exit_code() == 137
    stream.close()
    real.remove_container(own)
    assert stream.exit_code() == 137


@pytest.fixture(params=["unix", "tcp", "tls"])
def far(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A way to the engine that the test may cut."""
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(request.param, Path(folder))
        settings.DOCKER_HOST = relay.host
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(relay.certificate))
        yield relay
        relay.cut()


async def test_it_is_all_the_same_over_a_network(real: DockerEngine, own: str, far: Relay) -> None:
    engine = DockerEngine()
    result = engine.exec(own, ["cat"], stdin=MANY_BYTES, max_bytes=len(MANY_BYTES))
    assert (result.stdout == MANY_BYTES, result.exit_code) == (True, 0)
    stream = engine.exec_stream(own, ["sh", "-c", "cat; echo end"])
    await stream.awrite(b"one ")
    assert await stream.aread() == (STDOUT, b"one ")
    stream.end_input()
    assert await stream.aread() == (STDOUT, b"end\n")
    assert await stream.aread() is None
    assert stream.exit_code() == 0
    stream.close()


def test_an_engine_that_goes_away_is_said(real: DockerEngine, own: str, far: Relay) -> None:
    stream = DockerEngine().exec_stream(own, ["cat"])
    stream.write(b"x")
    assert stream.read() == (STDOUT, b"x")
    far.cut()
    with pytest.raises(EngineUnavailable):
        stream.read()
    with pytest.raises(EngineUnavailable):
        stream.exit_code()
    stream.close()
