"""An image that others have packed, which begins as root and has HTTPS of its own, from its kind to the browser.

LinuxServer's cannot be had from where tests run, so one is built that behaves as they do.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import docker
import pytest
from aiohttp import ClientSession
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.integration.gateway_parts import Running
from tests.integration.gateway_parts import platform as platform_behind
from tests.unit.workspaces.terminal.test_socket import open_as
from tests.workspaces_fixtures import work_until_settled
from workspaces import files, services
from workspaces.commands import command_run
from workspaces.engine import get_engine
from workspaces.engine.docker import DockerEngine
from workspaces.gateway.app import Gateway
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.sessions import session_open
from workspaces.images import image_ensure
from workspaces.models import Kind, Snapshot, Workspace
from workspaces.services import workspace_create
from workspaces.services.cloning import workspace_clone
from workspaces.services.resetting import workspace_reset
from workspaces.snapshots import expire_round
from workspaces.states import State
from workspaces.stats.observing import observability_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
FOLDER = Path(__file__).resolve().parent / "standin"
SIX = 0b1110_1011
"""CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID and SETUID, as bits of /proc/PID/status."""


@pytest.fixture(scope="module")
def image(docker_engine: docker.DockerClient) -> Iterator[str]:
    engine, tag = DockerEngine(), f"spaces-try/standin:{secrets.token_hex(4)}"
    base = image_ensure(engine, "spaces/base", lambda _progress: None)
    engine.image_build(tag, FOLDER, buildargs={"BASE": base}, extra_files={}, on_progress=lambda _progress: None)
    yield tag
    engine.image_remove(tag)


@pytest.fixture
def kind(real_engine: None, image: str, settings: Any) -> Kind:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 20
    return Kind.objects.create(
        slug="standin", title="Stand-in", image=image, user="root", port=3001, scheme="https", data_path="/config",
        environment={"PUID": "1000", "PGID": "1000", "TITLE": "kind"}, frame="page", memory_mb=256, cpus=1,
    )  # fmt: skip


@pytest.fixture
def standin(kind: Kind, actor: Actor) -> Iterator[Workspace]:
    made = workspace_create(
        actor, kind="standin", memory_mb=256, cpus=1, environment={"TITLE": "owner"}, files={"docs/a.txt": b"given\n"}
    )
    yield running(made)
    authorise_forget(made.public_id)


def running(workspace: Workspace) -> Workspace:
    work_until_settled()
    found = Workspace.objects.select_related("kind", "owner").get(pk=workspace.pk)
    assert found.state == State.RUNNING, found.error
    return found


@pytest.fixture
def gateway() -> Iterator[Running]:
    with Running(Gateway(platform_behind)) as site:
        yield site


class Browser:
    """The owner's, at the workspace's own address."""

    def __init__(self, gateway: Running, workspace: Workspace, owner: User) -> None:
        label = host_label(workspace.public_id)
        self.key = session_open(workspace, label, user=owner)
        self.address, self.host = f"http://127.0.0.1:{gateway.port}", f"{label}.localhost:{gateway.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Host": self.host, "Origin": f"http://{self.host}", "Cookie": f"spaces_gate={self.key}"}

    async def ask(self, path: str, method: str = "GET", data: bytes | None = None) -> tuple[int, Any, bytes]:
        async with ClientSession() as session:
            asked = session.request(
                method, self.address + path, headers=self.headers, data=data, allow_redirects=False
            )
            async with asked as answer:
                return answer.status, answer.headers, await answer.read()

    async def echo(self, *messages: str) -> list[str]:
        async with ClientSession() as session, session.ws_connect(f"{self.address}/ws", headers=self.headers) as line:
            said = []
            for message in messages:
                await line.send_str(message)
                said.append(await line.receive_str(timeout=10))
            return said


def said(actor: Actor, workspace: Workspace, command: str) -> str:
    """What a person's command prints."""
    done = command_run(actor, workspace, command)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_its_page_and_its_websocket_come_through_the_gateway(standin: Workspace, gateway: Running, alice: User) -> None:
    browser = Browser(gateway, standin, alice)
    status, _headers, body = asyncio.run(browser.ask("/"))
    assert (status, b'src="/?app"' in body) == (200, True), "our bar, and its own page below that"
    assert b"<p>/?app</p>" in asyncio.run(browser.ask("/?app"))[2]
    status, _headers, body = asyncio.run(browser.ask("/a%20b?c=d"))
    assert (status, b"<p>/a%20b?c=d</p>" in body) == (200, True)
    assert asyncio.run(browser.echo("one", "two")) == ["one", "two"]
    upload = asyncio.run(browser.ask("/upload", "POST", bytes(3 * 2**20)))
    assert upload[::2] == (200, str(3 * 2**20).encode())
    status, headers, _body = asyncio.run(browser.ask("/away"))
    assert (status, headers["Location"]) == (302, "/there?a=b"), "its own address is nothing to a browser"


def test_it_may_become_another_and_no_more(
    standin: Workspace, gateway: Running, alice: User, docker_engine: docker.DockerClient
) -> None:
    seen = json.loads(asyncio.run(Browser(gateway, standin, alice).ask("/self"))[2])
    assert seen["ids"] == [1000, 1000]
    assert [int(seen["init"][name], 16) for name in ("CapEff", "CapPrm", "CapBnd")] == [SIX] * 3
    assert [int(seen["app"][name], 16) for name in ("CapEff", "CapPrm", "CapAmb")] == [0] * 3
    assert seen["init"]["NoNewPrivs"] == seen["app"]["NoNewPrivs"] == "1" and seen["app"]["Seccomp"] == "2"
    made = docker_engine.api.inspect_container(standin.engine_name)
    assert not made["HostConfig"]["Privileged"] and not made["HostConfig"]["PortBindings"]
    environ = seen["environ"]
    assert (environ["PUID"], environ["TITLE"]) == ("1000", "owner")
    assert environ["SPACES_WORKSPACE"] == standin.public_id


def test_its_files_are_in_the_volume_and_stay(
    standin: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    mounts = docker_engine.api.inspect_container(standin.engine_name)["Mounts"]
    assert [(mount["Destination"], mount["Name"]) for mount in mounts] == [("/config", standin.engine_name)]
    assert files.file_read(actor, standin, "hello").content == b"hello\n"
    names = {entry.name for entry in files.entries_list(actor, standin).entries}
    assert {"hello", "shipped", "docs"} <= names
    assert said(actor, standin, "id -u; pwd").split() == ["1000", "/config"]
    said(actor, standin, "echo more >> hello; echo mine >> docs/a.txt")
    files.file_write(actor, standin, "b.txt", [b"uploaded\n"])
    assert said(actor, standin, "cat docs/a.txt; rm b.txt; stat -c %u docs hello").split() == [
        "given", "mine", "1000", "1000"
    ]  # fmt: skip
    said(actor, standin, "ln -s /config/docs/a.txt link")
    assert files.file_read(actor, standin, "link").content == b"given\nmine\n"
    disk = observability_of(actor, standin).workspace_disk
    assert disk and disk.path == "/config"

    began = time.monotonic()
    services.workspace_stop(actor, standin)
    work_until_settled()
    assert time.monotonic() - began < 8, "it may end what it has started as another"
    assert files.file_read(actor, standin, "hello").content == b"hello\nmore\n"
    services.workspace_start(actor, standin)
    assert said(actor, running(standin), "cat hello") == "hello\nmore\n"


async def test_its_terminal_is_its_users_where_the_files_are(standin: Workspace, alice: User) -> None:
    terminal = await open_as(alice, standin, by_id=True)
    await terminal.type('echo "$(id -u):$(id -g) $PWD $HISTFILE"\n')
    await terminal.sees("1000:1000 /config /config/.bash_history\r\n")
    await terminal.type("exit\n")
    await terminal.disconnect()


def test_a_copy_has_its_files_once_and_a_reset_brings_them_back(
    standin: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    said(actor, standin, "echo prepared > hello; dd if=/dev/urandom of=large bs=1M count=20 2>/dev/null")
    [copy] = [running(one) for one in workspace_clone(actor, standin, count=1).clones]
    try:
        assert copy.snapshot is not None and copy.snapshot.size_bytes is not None
        assert 20 <= copy.snapshot.size_bytes / 2**20 < 30, "once, and not again beneath it"
        mounts = docker_engine.api.inspect_container(copy.engine_name)["Mounts"]
        assert [(mount["Destination"], mount["Name"]) for mount in mounts] == [("/config", copy.engine_name)]
        assert said(actor, copy, "cat hello docs/a.txt; id -u; wc -c < large").split() == [
            "prepared", "given", "1000", str(20 * 2**20)
        ]  # fmt: skip
        said(actor, copy, "echo changed > hello; rm large; touch new")
        workspace_reset(actor, copy, copy.snapshot)
        assert said(actor, running(copy), "cat hello; ls").split() == ["prepared", "docs", "hello", "large", "shipped"]
    finally:
        authorise_forget(copy.public_id)
        services.workspace_delete(actor, copy)
        work_until_settled()
        Snapshot.objects.update(created_at=timezone.now() - timedelta(days=1))
        expire_round(get_engine())
