"""From a template to what a workspace made from it reaches, over the services and on the real engine."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from docker.models.containers import Container

from accounts.actors import Actor
from accounts.models import User
from tests.waiting import eventually
from tests.workspaces_fixtures import Work
from workspaces import engine_state
from workspaces.engine import get_engine
from workspaces.engine.base import Engine
from workspaces.image_builds import GUARD_IMAGE
from workspaces.images import image_ensure
from workspaces.models import Workspace
from workspaces.services import workspace_create
from workspaces.templating import template_put

pytestmark = pytest.mark.integration
REACH = """
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
"""
Make = Callable[[str], Container]


@pytest.fixture
def engine(docker_engine: docker.DockerClient, instance: str, engine_cleaned: None, settings: Any) -> Iterator[Engine]:
    """The engine that the product would take, under a name of the test's own."""
    settings.ENGINE, settings.INSTANCE = "workspaces.engine.docker.DockerEngine", instance
    get_engine.cache_clear()
    engine_state.engine_forget()
    yield get_engine()
    get_engine.cache_clear()
    engine_state.engine_forget()


@pytest.fixture
def make(engine: Engine, docker_engine: docker.DockerClient, alice: User, work: Work) -> Make:
    """`make(template)`: the container of a workspace of Alice's that runs."""
    for image in ("spaces/terminal", GUARD_IMAGE):
        image_ensure(engine, image, lambda _progress: None)

    def made(template: str) -> Container:
        workspace = workspace_create(Actor(alice, "browser"), kind="terminal", template=template)
        work()
        workspace = Workspace.objects.get(pk=workspace.pk)
        assert workspace.state == "running", workspace.error
        return docker_engine.containers.get(workspace.engine_name)

    return made


def reaches(container: Container, address: str, port: int = 80) -> bool:
    return container.exec_run(["python3", "-c", REACH, address, str(port)])[0] == 0


def network_of(container: Container) -> dict[str, str]:
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    return dict(network)


def mirror_address(container: Container) -> str:
    """The address of the mirror that its package manager uses, asked for by name from inside."""
    _code, sources = container.exec_run(["sh", "-c", "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null"])
    mirror = re.findall(rb"https?://([^/\s]+)", sources)[0].decode()
    code, output = container.exec_run(["getent", "ahostsv4", mirror])
    assert code == 0, output
    return str(output.decode().split()[0])


def test_a_template_says_what_is_reached_and_the_network_holds_to_it(make: Make, root: User) -> None:
    default = make("default")
    mirror = mirror_address(default)
    assert reaches(default, mirror)

    default.exec_run(["python3", "-m", "http.server", "8000", "--bind", "0.0.0.0"], detach=True)
    eventually(lambda: reaches(default, "127.0.0.1", 8000), "the neighbour serves", 10)
    offline = make("offline")
    assert not reaches(offline, mirror)
    assert offline.exec_run(["getent", "ahostsv4", "deb.debian.org"])[0] != 0, "nor has it names"
    with socket.create_server(("0.0.0.0", 0)) as service:  # of this machine, on all its addresses
        assert not reaches(offline, network_of(offline)["Gateway"], service.getsockname()[1])
    assert not reaches(offline, network_of(default)["IPAddress"], 8000)
    assert not reaches(offline, "169.254.169.254")

    range_of_it = f"{mirror.rpartition('.')[0]}.0/24"
    template_put(Actor(root, "browser"), f"name: walled\nnetwork:\n  blockCidrs: [{range_of_it}]\n")
    walled = make("walled")
    assert not reaches(walled, mirror)
    assert mirror_address(walled).count(".") == 3, "names it has still"


def test_a_template_with_fixed_programs_leaves_only_the_files_to_be_changed(make: Make, root: User) -> None:
    template_put(Actor(root, "browser"), "name: fixed\nsecurity: {writableRootfs: false}\n")
    fixed = make("fixed")
    assert fixed.exec_run(["touch", "/usr/local/bin/new"], user="root")[0] != 0
    for path in ("/workspace/new", "/home/coder/new", "/tmp/new"):
        code, output = fixed.exec_run(["touch", path])
        assert code == 0, output
