"""The product's services on the real engine, without a site: one person, and one workspace that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import docker
import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.workspaces_fixtures import work_until_settled
from workspaces import engine_state
from workspaces.engine import get_engine
from workspaces.engine.docker import DockerEngine
from workspaces.image_builds import GUARD_IMAGE, HELPER_IMAGE
from workspaces.images import image_ensure
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_create


@pytest.fixture
def real_engine(
    docker_engine: docker.DockerClient, instance: str, engine_cleaned: None, settings: Any
) -> Iterator[None]:
    """The services here talk to the real engine."""
    settings.ENGINE, settings.INSTANCE = "workspaces.engine.docker.DockerEngine", instance
    for image in (GUARD_IMAGE, "spaces/terminal", HELPER_IMAGE):
        image_ensure(DockerEngine(), image, lambda _progress: None)
    get_engine.cache_clear()
    engine_state.engine_forget()
    yield
    get_engine.cache_clear()
    engine_state.engine_forget()


@pytest.fixture
def actor(alice: User) -> Actor:
    return Actor(alice, "token")


@pytest.fixture
def workspace(real_engine: None, terminal: Kind, actor: Actor) -> Workspace:
    made = workspace_create(actor, kind="terminal", memory_mb=256, cpus=1)
    work_until_settled()
    made.refresh_from_db()
    assert made.state == "running", made.error
    return made
