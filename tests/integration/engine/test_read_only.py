"""Containers whose programs are fixed, and those that have a graphics processor."""

from __future__ import annotations

from dataclasses import replace

import docker
import pytest

from tests.waiting import eventually
from workspaces.engine.base import ContainerSpec, Engine, EngineError, ImageMissing
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.spec import create_arguments
from workspaces.engine.fake import FakeEngine
from workspaces.images import image_ensure

pytestmark = pytest.mark.integration


@pytest.fixture
def fixed(real: DockerEngine, spec: ContainerSpec) -> ContainerSpec:
    """Runs with a read-only root."""
    fixed = replace(spec, read_only=True)
    real.ensure_network(fixed.name, fixed.labels, "internet")
    real.ensure_container(fixed)
    real.start(fixed.name)
    return fixed


def test_nothing_but_ones_own_folders_can_be_written(real: DockerEngine, fixed: ContainerSpec) -> None:
    writable = ["/workspace", "/home/coder", "/tmp", "/var/tmp"]
    for folder in writable:
        assert real.exec(fixed.name, ["touch", f"{folder}/note"]).exit_code == 0, folder
    assert real.exec(fixed.name, ["touch", "/run/note"], user="0").exit_code == 0
    for folder in ("/", "/etc", "/usr/local/bin", "/opt", "/var/lib", "/home"):
        refused = real.exec(fixed.name, ["touch", f"{folder}/note"], user="0")
        assert b"Read-only file system" in refused.stderr, folder


def test_the_home_has_what_the_image_put_there_and_belongs_to_the_user(
    real: DockerEngine, fixed: ContainerSpec, spec: ContainerSpec, docker_engine: docker.DockerClient
) -> None:
    listing = ["sh", "-c", "cd ~ && find . -printf '%p %U %m\\n' | sort"]
    here = real.exec(fixed.name, listing).stdout
    image = docker_engine.containers.run(spec.image, listing, remove=True)
    assert here == image and b".bashrc" in here


def test_the_home_is_there_again_after_a_stop_and_goes_with_the_container(
    real: DockerEngine, fixed: ContainerSpec, docker_engine: docker.DockerClient
) -> None:
    mounts = docker_engine.api.inspect_container(fixed.name)["Mounts"]
    (home,) = [mount["Name"] for mount in mounts if mount["Destination"] == "/home/coder"]
    real.exec(fixed.name, ["touch", "/home/coder/note"])
    real.stop(fixed.name, grace_seconds=0)
    real.start(fixed.name)
    assert real.exec(fixed.name, ["ls", "/home/coder/note"]).exit_code == 0
    assert real.volumes() == [fixed.name], "a home without a name is no workspace's volume"
    real.remove_container(fixed.name)
    assert home not in [volume["Name"] for volume in docker_engine.api.volumes()["Volumes"]]
    assert fixed.name in real.volumes()


def test_programs_can_be_run_from_temporary_folders(real: DockerEngine, fixed: ContainerSpec) -> None:
    script = "cp /bin/echo /tmp/say && /tmp/say ran"
    assert real.exec(fixed.name, ["sh", "-c", script]).stdout == b"ran\n"


def test_the_editor_works_in_it(real: DockerEngine, spec: ContainerSpec) -> None:
    image = image_ensure(DockerEngine(), "spaces/code-server", lambda _progress: None)
    editor = replace(spec, image=image, command=(), memory_mb=1024, cpus=2, pids=256, read_only=True)
    real.ensure_network(editor.name, editor.labels, "internet")
    real.ensure_container(editor)
    state = real.start(editor.name)
    eventually(lambda: real.probe(state, 13337, "/healthz"), "the editor answers", 60)


def test_an_image_that_is_not_there_is_said(engine: Engine, spec: ContainerSpec) -> None:
    if isinstance(engine, FakeEngine):
        engine.missing_images.add("spaces/none:1")
    with pytest.raises(ImageMissing):
        engine.ensure_container(replace(spec, image="spaces/none:1", read_only=True))


def test_all_graphics_processors_are_asked_for(real: DockerEngine, spec: ContainerSpec) -> None:
    wanted = create_arguments(real.client.api, replace(spec, gpu=True))["host_config"]["DeviceRequests"]
    assert [(request["Count"], request["Capabilities"]) for request in wanted] == [(-1, [["gpu"]])]
    assert not create_arguments(real.client.api, spec)["host_config"].get("DeviceRequests")


def test_a_machine_without_any_says_so(real: DockerEngine, spec: ContainerSpec) -> None:
    """This machine's engine has none, as `info` says."""
    assert not real.info().has_gpu
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(replace(spec, gpu=True))
    with pytest.raises(EngineError, match="gpu"):
        real.start(spec.name)
