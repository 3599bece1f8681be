"""What a container takes on the disk beside its volume, on the real engine and the fake."""

from __future__ import annotations

import docker
import pytest

from workspaces.engine.base import ContainerSpec, Engine
from workspaces.engine.docker import DockerEngine
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import LayerUsage

pytestmark = pytest.mark.integration
MIB = 1024**2
WRITTEN = 20 * MIB


def write(engine: Engine, name: str) -> None:
    """So much is in the layer from now on, and as much again in the volume."""
    if isinstance(engine, FakeEngine):
        engine.layers[name] = LayerUsage(WRITTEN, 600 * MIB)
        return
    for path in ("/home/coder/random", "/workspace/random"):
        done = engine.exec(name, ["sh", "-c", f"head -c {WRITTEN} /dev/urandom > {path}"])
        assert done.exit_code == 0, done.stderr


def test_what_was_written_is_told_in_every_state(engine: Engine, running: ContainerSpec) -> None:
    write(engine, running.name)
    seen = engine.layer_usage(running.name)
    assert seen and WRITTEN <= seen.layer_bytes < 1.05 * WRITTEN
    assert seen.image_bytes > 500 * MIB
    engine.pause(running.name)
    assert engine.layer_usage(running.name) == seen
    engine.stop(running.name, grace_seconds=1)
    assert engine.layer_usage(running.name) == seen


def test_there_is_none_without_a_container(engine: Engine, made: ContainerSpec) -> None:
    seen = engine.layer_usage(made.name)
    assert seen and seen.layer_bytes < MIB < seen.image_bytes
    engine.remove_container(made.name)
    assert engine.layer_usage(made.name) is None
    assert engine.layer_usage("spaces-nothere00000") is None


def test_the_image_counts_as_the_engine_counts_it(
    real: DockerEngine, spec: ContainerSpec, docker_engine: docker.DockerClient
) -> None:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    seen = real.layer_usage(spec.name)
    size = docker_engine.api.inspect_image(spec.image)["Size"]
    assert seen and abs(seen.image_bytes - size) < 0.01 * size


def test_a_file_of_many_names_counts_once(real: DockerEngine, spec: ContainerSpec) -> None:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    write(real, spec.name)
    real.exec(spec.name, ["sh", "-c", "cd /home/coder && for i in 1 2 3; do ln random again$i; done"])
    seen = real.layer_usage(spec.name)
    assert seen and WRITTEN <= seen.layer_bytes < 1.05 * WRITTEN
