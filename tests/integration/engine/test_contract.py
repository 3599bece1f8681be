"""What every engine promises, tried on the real one and on the fake, so that tests with the fake mean something."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import docker
import pytest

from tests.waiting import eventually
from workspaces.engine.base import (
    LABEL_WORKSPACE,
    ContainerMissing,
    ContainerSpec,
    Engine,
    EngineConflict,
    EngineError,
    EngineEvent,
    EngineUnavailable,
    ImageMissing,
)
from workspaces.engine.docker import DockerEngine
from workspaces.engine.fake import FakeEngine

pytestmark = pytest.mark.integration


def status(engine: Engine, spec: ContainerSpec) -> str:
    seen = engine.inspect(spec.name)
    return seen.status if seen else "none"


def test_it_says_who_it_is(engine: Engine) -> None:
    engine.ping()
    info = engine.info()
    assert info.version and info.cpus >= 1 and info.memory_bytes > 2**30


def test_a_life_from_making_to_removal(engine: Engine, made: ContainerSpec) -> None:
    assert status(engine, made) == "created"
    state = engine.start(made.name)
    assert (state.status, state.name, bool(state.address), state.started_at is not None) == (
        "running",
        made.name,
        True,
        True,
    )
    engine.pause(made.name)
    assert status(engine, made) == "paused"
    assert engine.unpause(made.name).status == "running"
    engine.stop(made.name, grace_seconds=1)
    stopped = engine.inspect(made.name)
    assert stopped and (stopped.status, stopped.address) == ("stopped", "")
    assert engine.start(made.name).status == "running"
    engine.remove_container(made.name)
    engine.remove_network(made.name)
    engine.remove_volume(made.name)
    assert status(engine, made) == "none"
    assert made.name not in engine.networks() + engine.volumes()


def test_it_may_start_alone_and_join_its_network_later(engine: Engine, spec: ContainerSpec) -> None:
    late = replace(spec, joins_late=True)
    assert engine.ensure_container(late).status == "created"
    assert late.name in engine.volumes(), "its volume is made with it"
    assert (engine.start(late.name).status, engine.start(late.name).address) == ("running", "")
    with pytest.raises(EngineError, match="not found"):
        engine.join(late.name)
    engine.ensure_network(late.name, late.labels, "internet")
    state = engine.join(late.name)
    assert state.address
    assert engine.join(late.name) == engine.inspect(late.name) == state
    engine.stop(late.name, grace_seconds=1)
    assert engine.start(late.name).address, "it stays in its network"


def test_a_container_that_does_not_join_late_needs_its_network_to_start(engine: Engine, spec: ContainerSpec) -> None:
    engine.ensure_container(spec)
    with pytest.raises(EngineError, match="not found"):
        engine.start(spec.name)
    engine.ensure_network(spec.name, spec.labels, "internet")
    assert engine.start(spec.name).address


@pytest.mark.parametrize("joins_late", [False, True])
def test_a_network_that_was_lost_and_made_anew_is_found_again(
    engine: Engine, spec: ContainerSpec, joins_late: bool
) -> None:
    engine.ensure_container(replace(spec, joins_late=joins_late))
    for _ in range(2):
        engine.ensure_network(spec.name, spec.labels, "internet")
        engine.start(spec.name)
        assert engine.join(spec.name).address
        engine.stop(spec.name, grace_seconds=1)
        engine.remove_network(spec.name)


def test_everything_may_be_asked_twice(engine: Engine, made: ContainerSpec) -> None:
    engine.ensure_volume(made.name, made.labels)
    engine.ensure_network(made.name, made.labels, "internet")
    assert engine.ensure_container(made).id == engine.ensure_container(made).id
    assert engine.start(made.name).address == engine.start(made.name).address
    engine.pause(made.name)
    engine.pause(made.name)
    assert engine.start(made.name).status == "running", "start resumes a paused one"
    assert engine.unpause(made.name).status == "running"
    for _ in range(2):
        engine.stop(made.name, grace_seconds=1)
    for remove in (engine.remove_container, engine.remove_network, engine.remove_volume):
        remove(made.name)
        remove(made.name)


def test_missing_is_fine_where_missing_is_the_goal_and_said_where_not(engine: Engine) -> None:
    name = "spaces-nothere00000"
    engine.stop(name)
    engine.remove_container(name)
    engine.remove_network(name)
    engine.remove_volume(name)
    assert engine.inspect(name) is None
    assert engine.logs(name) == ""
    calls: list[Callable[[], object]] = [
        lambda: engine.start(name),
        lambda: engine.join(name),
        lambda: engine.pause(name),
        lambda: engine.unpause(name),
        lambda: engine.exec(name, ["true"]),
    ]
    for call in calls:
        with pytest.raises(ContainerMissing):
            call()


def test_what_does_not_fit_the_state_is_a_conflict(engine: Engine, made: ContainerSpec) -> None:
    with pytest.raises(EngineConflict):
        engine.pause(made.name)
    with pytest.raises(EngineConflict):
        engine.exec(made.name, ["true"])
    with pytest.raises(EngineConflict):
        engine.remove_volume(made.name)
    engine.start(made.name)
    with pytest.raises(EngineConflict):
        engine.remove_network(made.name)


def test_a_paused_container_is_stopped_too(engine: Engine, made: ContainerSpec) -> None:
    engine.start(made.name)
    engine.pause(made.name)
    engine.stop(made.name, grace_seconds=1)
    assert status(engine, made) == "stopped"


def test_an_image_that_is_not_there_is_said(engine: Engine, spec: ContainerSpec) -> None:
    if isinstance(engine, FakeEngine):
        engine.missing_images.add("spaces/none:1")
    engine.ensure_network(spec.name, spec.labels, "internet")
    with pytest.raises(ImageMissing):
        engine.ensure_container(replace(spec, image="spaces/none:1"))
    assert engine.inspect(spec.name) is None
    assert not engine.image_exists("spaces/none:1")
    assert engine.image_exists(spec.image)


def test_lists_name_what_is_there_with_labels_and_state(engine: Engine, made: ContainerSpec) -> None:
    engine.start(made.name)
    found = {state.name: state for state in engine.containers()}[made.name]
    assert (found.status, found.labels[LABEL_WORKSPACE]) == ("running", made.labels[LABEL_WORKSPACE])
    seen = engine.inspect(made.name)
    assert seen and found.address == seen.address
    assert made.name in engine.networks()
    assert made.name in engine.volumes()


def test_events_tell_of_a_start_and_an_end(engine: Engine, made: ContainerSpec) -> None:
    seen: list[EngineEvent] = []
    done = threading.Event()

    def follow() -> None:
        try:
            seen.extend(engine.events(done.is_set))
        except EngineError:
            pass

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    time.sleep(0.3)  # a stream tells only of what comes after it was opened
    engine.start(made.name)
    engine.stop(made.name, grace_seconds=1)

    def told() -> bool:
        return {"start", "die"} <= {event.action for event in seen if event.workspace == made.labels[LABEL_WORKSPACE]}

    eventually(told, "both events", 5)
    done.set()
    engine.start(made.name)  # one more event, so that the stream looks whether to end
    thread.join(5)
    assert not thread.is_alive()


def test_events_of_just_now_are_told_to_who_comes_later(engine: Engine, made: ContainerSpec) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    engine.start(made.name)
    engine.pause(made.name)
    own = (event for event in engine.events(lambda: False, began) if event.name == made.name)
    seen = list(itertools.islice(own, 2))
    workspace = made.labels[LABEL_WORKSPACE]
    assert [(event.action, event.workspace) for event in seen] == [("start", workspace), ("pause", workspace)]
    assert began < seen[0].at < seen[1].at < datetime.now(UTC) + timedelta(seconds=1), "each says when it was"


def test_files_on_the_volume_outlive_the_container(
    made: ContainerSpec, instance: str, settings: Any, engine: Engine
) -> None:
    if isinstance(engine, FakeEngine):
        engine.volume_files[made.name]["notes.txt"] = b"mine\n"
    else:
        engine.start(made.name)
        assert engine.exec(made.name, ["sh", "-c", "echo mine > /workspace/notes.txt"]).exit_code == 0
    engine.remove_container(made.name)
    engine.ensure_volume(made.name, made.labels)
    engine.ensure_container(made)
    engine.start(made.name)
    if isinstance(engine, FakeEngine):
        assert engine.volume_files[made.name]["notes.txt"] == b"mine\n"
    else:
        assert engine.exec(made.name, ["cat", "/workspace/notes.txt"]).stdout == b"mine\n"


def make(engine: Engine, spec: ContainerSpec) -> ContainerSpec:
    engine.ensure_volume(spec.name, spec.labels)
    engine.ensure_network(spec.name, spec.labels, "internet")
    engine.ensure_container(spec)
    engine.start(spec.name)
    return spec


def test_the_probe_sees_an_app_only_when_it_answers(real: DockerEngine, spec: ContainerSpec) -> None:
    make(real, spec)
    eventually(lambda: real.probe(real.start(spec.name), 8000, "/"), "the server in the container answers", 10)
    state = real.start(spec.name)
    assert real.probe(state, 8000, "/no-such-file"), "a 404 is an answer"
    assert not real.probe(state, 8001, "/")
    real.stop(spec.name, grace_seconds=1)
    assert not real.probe(state, 8000, "/")


def test_a_container_is_hardened_and_limited(
    real: DockerEngine, spec: ContainerSpec, docker_engine: docker.DockerClient
) -> None:
    make(real, spec)
    facts = real.exec(
        spec.name, ["sh", "-c", "id -u; grep -E 'Cap(Eff|Bnd|Prm)|NoNewPrivs|Seccomp:' /proc/self/status; ulimit -n"]
    )
    text = facts.stdout.decode()
    assert text.splitlines()[0] == "1000"
    assert text.count("0000000000000000") == 3, "no capability is left"
    assert "NoNewPrivs:\t1" in text and "Seccomp:\t2" in text
    host = docker_engine.api.inspect_container(spec.name)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 128 * 1024**2
    assert (host["CpuQuota"], host["CpuPeriod"], host["PidsLimit"]) == (50_000, 100_000, 64)
    assert (host["Privileged"], host["PortBindings"], host["Binds"], host["Devices"]) == (False, None, None, None)
    assert [(mount["Type"], mount["Target"]) for mount in host["Mounts"]] == [("volume", "/workspace")]


def test_a_memory_hog_is_ended_at_its_limit(real: DockerEngine, spec: ContainerSpec) -> None:
    make(real, spec)
    eater = "b = bytearray(64*1024**2)\nfor _ in range(8): b += bytes(b[:64*1024**2])\nprint('ate all')"
    result = real.exec(spec.name, ["python3", "-c", eater])
    assert result.exit_code == 137 and b"ate all" not in result.stdout


def test_a_fork_bomb_ends_at_its_limit(real: DockerEngine, spec: ContainerSpec) -> None:
    make(real, spec)
    many = "for i in $(seq 200); do sleep 5 & done 2>&1; ls /proc | grep -c '^[0-9]'"
    result = real.exec(spec.name, ["bash", "-c", many])
    running = [int(line) for line in result.stdout.decode().split() if line.isdigit()]
    assert b"Resource temporarily unavailable" in result.stdout + result.stderr
    assert all(count <= 64 for count in running)


def test_two_installations_do_not_see_each_other(real: DockerEngine, spec: ContainerSpec, settings: Any) -> None:
    make(real, spec)
    settings.INSTANCE = "somebody-else"
    assert (real.containers(), real.networks(), real.volumes()) == ([], [], [])


def test_networks_made_at_once_get_subnets_of_their_own(real: DockerEngine, spec: ContainerSpec, settings: Any) -> None:
    import ipaddress

    settings.NETWORK_POOL = ipaddress.ip_network("10.214.0.0/25")  # eight small networks: every try collides
    names = [f"spaces-n{number}{secrets.token_hex(5)}" for number in range(8)]
    problems: list[Exception] = []

    def network(name: str) -> None:
        try:
            real.ensure_network(name, {**spec.labels, LABEL_WORKSPACE: name.removeprefix("spaces-")}, "internet")
        except EngineError as error:
            problems.append(error)

    threads = [threading.Thread(target=network, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert set(names) <= set(real.networks())
    with pytest.raises(EngineError, match="SPACES_NETWORK_POOL"):
        real.ensure_network("spaces-oneTooMany", {**spec.labels, LABEL_WORKSPACE: "onetoomany00"}, "internet")


def test_an_engine_that_is_away_is_said_at_once(settings: Any) -> None:
    settings.DOCKER_HOST = "unix:///tmp/there-is-no-such-socket"
    engine = DockerEngine()
    for call in (
        engine.info,
        engine.ping,
        engine.containers,
        lambda: engine.inspect("x"),
        lambda: next(engine.events(lambda: False)),
    ):
        with pytest.raises(EngineUnavailable):
            call()
