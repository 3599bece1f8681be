"""Helpers beside a workspace, on the real engine and the fake: on its volume, with nothing else, and gone in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import docker
import pytest

from workspaces.engine.base import (
    LABEL_INSTANCE,
    ContainerMissing,
    ContainerSpec,
    Engine,
    EngineConflict,
    EngineError,
    ImageMissing,
)
from workspaces.engine.docker import DockerEngine
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import Helper, HelperSpec

pytestmark = pytest.mark.integration


@pytest.fixture
def helper(spec: ContainerSpec, helper_image: str) -> HelperSpec:
    """A helper as the one for files is."""
    return HelperSpec(
        name=f"{spec.name}-files", role="files", workspace=spec.hostname, image=helper_image, volume=spec.name,
        capabilities=("SETUID", "SETGID"), memory_mb=128,
    )  # fmt: skip


@pytest.fixture
def beside(engine: Engine, spec: ContainerSpec, helper: HelperSpec) -> HelperSpec:
    """The volume exists and the helper runs; there is no container of the workspace."""
    engine.ensure_volume(spec.name, spec.labels)
    engine.ensure_helper(helper)
    return helper


@pytest.fixture
def own(real: DockerEngine, spec: ContainerSpec, helper: HelperSpec) -> Iterator[str]:
    """Name of a helper that runs on the real engine."""
    real.ensure_volume(spec.name, spec.labels)
    real.ensure_helper(helper)
    yield helper.name
    real.remove_helpers(helper.workspace)


def test_it_is_there_until_it_is_removed(engine: Engine, beside: HelperSpec, spec: ContainerSpec) -> None:
    engine.ensure_helper(beside)
    assert engine.helpers() == [Helper(beside.name, "files", spec.hostname)]
    assert engine.exec(beside.name, ["echo", "here"]).stdout == b"here\n"
    assert engine.containers() == [], "it is no workspace"
    with pytest.raises(EngineConflict):
        engine.remove_volume(spec.name)
    engine.remove_helpers("another00000")
    assert len(engine.helpers()) == 1
    for _ in range(2):
        engine.remove_helpers(spec.hostname)
    assert engine.helpers() == []
    with pytest.raises(ContainerMissing):
        engine.exec(beside.name, ["true"])
    engine.remove_volume(spec.name)
    assert spec.name not in engine.volumes()


def test_it_is_not_made_without_a_volume_or_an_image(engine: Engine, helper: HelperSpec, spec: ContainerSpec) -> None:
    with pytest.raises(EngineError):
        engine.ensure_helper(helper)
    assert (engine.volumes(), engine.helpers()) == ([], [])
    engine.ensure_volume(spec.name, spec.labels)
    if isinstance(engine, FakeEngine):
        engine.missing_images.add("spaces/none:1")
    with pytest.raises(ImageMissing):
        engine.ensure_helper(replace(helper, image="spaces/none:1"))


def test_a_network_is_not_removed_under_it(engine: Engine, made: ContainerSpec, helper: HelperSpec) -> None:
    engine.ensure_helper(replace(helper, network=made.name))
    with pytest.raises(EngineConflict):
        engine.remove_network(made.name)
    engine.remove_helpers(made.hostname)
    engine.remove_network(made.name)


def test_it_has_the_volume_and_may_next_to_nothing(real: DockerEngine, own: str, spec: ContainerSpec) -> None:
    script = """
    id -u; touch /workspace/mine /tmp/note && echo written
    touch /etc/note 2>/dev/null || echo refused; touch /opt/spaces/note 2>/dev/null || echo refused
    grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t'; ls /sys/class/net
    """
    result = real.exec(own, ["sh", "-c", script])
    assert result.stdout.decode().split() == [
        "0", "written", "refused", "refused", "CapEff:00000000000000c0", "NoNewPrivs:1", "lo",
    ]  # fmt: skip
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    assert real.exec(spec.name, ["ls", "/workspace"]).stdout == b"mine\n"


def test_its_image_has_what_its_programs_need(real: DockerEngine, own: str) -> None:
    command = "python3 -I -c 'import json, zipfile, tarfile' && git --version && ssh -V && ls /etc/ssl/certs/ca-cert*"
    result = real.exec(own, ["sh", "-c", command])
    assert result.exit_code == 0, result.stderr


def test_many_that_want_it_at_once_get_the_same(real: DockerEngine, spec: ContainerSpec, helper: HelperSpec) -> None:
    real.ensure_volume(spec.name, spec.labels)
    problems: list[Exception] = []

    def want() -> None:
        try:
            real.ensure_helper(helper)
            assert real.exec(helper.name, ["true"]).exit_code == 0
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=want) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(real.helpers()) == 1


def test_one_that_is_just_ending_is_replaced(
    real: DockerEngine, own: str, helper: HelperSpec, docker_engine: docker.DockerClient
) -> None:
    for _ in range(5):
        docker_engine.api.kill(own)
        real.ensure_helper(helper)
        assert real.exec(own, ["true"]).exit_code == 0


def test_one_of_an_older_image_is_replaced(real: DockerEngine, own: str, helper: HelperSpec) -> None:
    image = replace(helper, image="spaces/helper-of-tomorrow:1")
    real.client.api.tag(helper.image, "spaces/helper-of-tomorrow", "1")
    try:
        real.ensure_helper(image)
        seen = real.inspect(own)
        assert seen and seen.image == image.image
    finally:
        real.remove_helpers(helper.workspace)
        real.image_remove(image.image)


def test_one_that_was_made_and_never_started_is_started(
    real: DockerEngine, spec: ContainerSpec, helper: HelperSpec
) -> None:
    real.ensure_volume(spec.name, spec.labels)
    real._helper_made(helper)
    real.ensure_helper(helper)
    assert real.exec(helper.name, ["true"]).exit_code == 0


def test_it_ends_by_itself_when_nothing_runs_in_it_any_more(
    helper_image: str, docker_engine: docker.DockerClient, instance: str, engine_cleaned: None
) -> None:
    idle = docker_engine.containers.run(
        helper_image, detach=True, init=True, environment={"IDLE_SECONDS": "4"}, labels={LABEL_INSTANCE: instance}
    )
    began = time.monotonic()
    while time.monotonic() - began < 8:  # twice as long as it waits
        idle.exec_run(["true"])  # so short that none who looks what runs just now would see it
        time.sleep(0.5)
    idle.reload()
    assert idle.status == "running", "it was in use all the time"
    assert idle.wait(timeout=15)["StatusCode"] == 0
    assert time.monotonic() - began > 8 + 3


def test_it_ends_at_once_when_told(
    helper_image: str, docker_engine: docker.DockerClient, instance: str, engine_cleaned: None
) -> None:
    idle = docker_engine.containers.run(helper_image, detach=True, init=True, labels={LABEL_INSTANCE: instance})
    began = time.monotonic()
    idle.stop(timeout=10)
    assert time.monotonic() - began < 3
