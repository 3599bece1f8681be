"""The real engine and the fake, and one workspace's container to try them on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docker
import pytest

from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, ContainerSpec, Engine
from workspaces.engine.docker import DockerEngine
from workspaces.engine.fake import FakeEngine
from workspaces.engine.snapshots import SnapshotSpec
from workspaces.images import image_ensure

SERVER = ("python3", "-m", "http.server", "8000")


@pytest.fixture(scope="session")
def terminal_image(docker_engine: docker.DockerClient) -> str:
    return image_ensure(DockerEngine(), "spaces/terminal", lambda _progress: None)


@pytest.fixture(scope="session")
def guard_image(docker_engine: docker.DockerClient) -> str:
    return image_ensure(DockerEngine(), "spaces/netguard", lambda _progress: None)


@pytest.fixture(scope="session")
def helper_image(docker_engine: docker.DockerClient) -> str:
    return image_ensure(DockerEngine(), "spaces/helper", lambda _progress: None)


@pytest.fixture(params=["fake", "docker"])
def engine(request: pytest.FixtureRequest, settings: Any) -> Iterator[Engine]:
    if request.param == "fake":
        yield FakeEngine()
        return
    settings.INSTANCE = request.getfixturevalue("instance")
    request.getfixturevalue("engine_cleaned")
    yield DockerEngine()


@pytest.fixture
def spec(terminal_image: str, instance: str) -> ContainerSpec:
    public_id = "t" + secrets.token_hex(6)[:11]
    return ContainerSpec(
        name=f"spaces-{public_id}", image=terminal_image, memory_mb=128, cpus=0.5, pids=64, user="coder",
        hostname=public_id, command=SERVER, environment={"COLOUR": "blue"},
        labels={LABEL_INSTANCE: instance, LABEL_WORKSPACE: public_id},
    )  # fmt: skip


@pytest.fixture
def made(engine: Engine, spec: ContainerSpec) -> ContainerSpec:
    """Volume, network and container exist; nothing runs."""
    engine.ensure_volume(spec.name, spec.labels)
    engine.ensure_network(spec.name, spec.labels, "internet")
    engine.ensure_container(spec)
    return spec


@pytest.fixture
def real(docker_engine: docker.DockerClient, instance: str, settings: Any, engine_cleaned: None) -> DockerEngine:
    settings.INSTANCE = instance
    return DockerEngine()


@pytest.fixture
def running(engine: Engine, made: ContainerSpec) -> ContainerSpec:
    """As `made`, and it runs."""
    engine.start(made.name)
    return made


@pytest.fixture
def wanted(spec: ContainerSpec, helper_image: str) -> SnapshotSpec:
    return SnapshotSpec(
        container=spec.name, image=f"spaces-test-snapshots/{spec.hostname}:1", snapshot=f"s{spec.hostname}",
        base_image=spec.image, helper_image=helper_image, labels={"spaces.test": "yes"},
    )  # fmt: skip


@pytest.fixture
def clone(spec: ContainerSpec, wanted: SnapshotSpec) -> ContainerSpec:
    """What a container of the snapshot is made of."""
    public_id = f"{spec.hostname[:8]}c1"
    labels = {**spec.labels, LABEL_WORKSPACE: public_id}
    return replace(spec, name=f"spaces-{public_id}", hostname=public_id, labels=labels, image=wanted.image)
