"""Our page around a desktop, its files and who looks on: through the real gateway, to real programs and containers."""

from __future__ import annotations

import asyncio
import io
import random
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import docker
import pytest
import requests
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.integration.gateway_parts import Program, Running
from tests.integration.gateway_parts import platform as platform_behind
from tests.local_http import new_session
from tests.waiting import eventually
from tests.workspaces_fixtures import MakeWorkspace, work_until_settled
from workspaces import services
from workspaces.files import access
from workspaces.files.access import MOST_OF_ONE_PERSON
from workspaces.gateway import activity, beats
from workspaces.gateway.app import Gateway
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.sessions import session_open
from workspaces.models import GatewaySession, Kind, PortShare, Share, Workspace
from workspaces.services.looking import looking_link_end, looking_link_make, looking_link_renew
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
SCRIPT = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
PORT, VIEW = 8000, 8001
SERVER = """
import http.server, threading

class Desk(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.server.server_port} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

view = http.server.ThreadingHTTPServer(("0.0.0.0", 8001), Desk)
threading.Thread(target=view.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Desk).serve_forever()
"""


@pytest.fixture
def gateway(settings: Any) -> Iterator[Running]:
    with Running(Gateway(platform_behind)) as running:
        settings.BASE_URL = f"http://localhost:{running.port}"
        yield running


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    activity._noted.clear()
    yield
    activity._noted.clear()


# -- in a container
class Browser:
    """Somebody's, at one host of a workspace."""

    def __init__(self, gateway: Running, workspace: Workspace, port: int | None = None, key: str = "") -> None:
        self.label = host_label(workspace.public_id, port)
        self.origin = f"http://{self.label}.localhost:{gateway.port}"
        self.session = new_session()
        if key:
            self.session.headers["Cookie"] = f"spaces_gate={key}"

    def get(self, path: str = "/", **headers: str) -> requests.Response:
        return self.session.get(self.origin + path, headers=headers or SCRIPT, timeout=60)

    def send(self, path: str, data: Any = b"", **headers: str) -> requests.Response:
        sent = {**SCRIPT, "Origin": self.origin, **headers}
        return self.session.post(self.origin + path, data=data, headers=sent, timeout=60)


Open = Callable[..., Browser]


@pytest.fixture
def desk(workspace: Workspace, docker_engine: docker.DockerClient) -> Iterator[Workspace]:
    """A container of a kind with a desktop that shows itself on another port."""
    docker_engine.containers.get(workspace.engine_name).exec_run(["python3", "-c", SERVER], detach=True)
    Kind.objects.filter(pk=workspace.kind_id).update(port=PORT, view_port=VIEW, frame="desktop")
    yield Workspace.objects.select_related("kind", "owner").get(pk=workspace.pk)
    authorise_forget(workspace.public_id)


@pytest.fixture
def open_(gateway: Running, desk: Workspace) -> Open:
    """`open_(user, port)`: that person's browser, as if they had had a ticket."""

    def make(user: User | None = None, port: int | None = None) -> Browser:
        key = session_open(desk, host_label(desk.public_id, port), user=user) if user else ""
        return Browser(gateway, desk, port, key)

    return make


def test_the_page_is_ours_and_all_else_the_containers(desk: Workspace, open_: Open, alice: User) -> None:
    browser, looking = open_(alice), open_(alice, VIEW)
    eventually(lambda: browser.get("/?app").status_code == 200, "the desktop answers", 20)
    assert 'id="desk"' in browser.get("/", **PAGE).text
    assert browser.get("/?app").text == "8000 /?app"
    assert browser.get("/desktop.json").text == "8000 /desktop.json"
    page = looking.get("/", **PAGE).text
    assert 'id="desk"' in page and "data-view-only" in page
    assert looking.get("/desktop.json").text == "8001 /desktop.json"
    head = browser.session.head(browser.origin + "/", timeout=60)
    assert (head.status_code, head.text) == (200, "")
    assert browser.get("/_spaces/vendor/novnc-1.7.0/core/rfb.js").headers["Content-Type"].startswith("text/javascript")


def test_whoever_has_the_link_looks_until_it_is_taken_back(
    desk: Workspace, gateway: Running, open_: Open, actor: Actor
) -> None:
    link = looking_link_make(actor, desk)
    visitor = Browser(gateway, desk, VIEW)
    there = visitor.session.get(link, headers=PAGE, timeout=60)
    assert there.url == f"{visitor.origin}/" and "data-view-only" in there.text
    eventually(lambda: visitor.get("/desktop.json").status_code == 200, "the desktop answers", 20)
    app = visitor.session.get(Browser(gateway, desk).origin + "/desktop.json", headers=SCRIPT, timeout=60)
    assert app.status_code == 401
    looking_link_end(actor, desk)
    assert visitor.get("/desktop.json").status_code == 401
    assert new_session().get(link, headers=PAGE, timeout=60).status_code == 404


def test_files_go_in_and_out_and_are_in_the_volume_whether_it_runs_or_not(
    desk: Workspace, open_: Open, alice: User, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    browser, content = open_(alice), random.Random(1).randbytes(5 * 2**20 + 3)
    sent = browser.send("/_spaces/files/upload?path=boards/one.bin", content)
    assert (sent.status_code, sent.json()["size"]) == (201, len(content))
    container = docker_engine.containers.get(desk.engine_name)
    assert container.exec_run(["stat", "-c", "%U %s", "/workspace/boards/one.bin"]).output == b"coder 5242883\n"
    again = browser.send("/_spaces/files/upload?path=boards/one.bin", content)
    assert (again.status_code, again.json()["code"]) == (409, "FILE_EXISTS")
    services.workspace_stop(actor, desk)
    work_until_settled()
    authorise_forget(desk.public_id)
    listed = browser.get("/_spaces/files?path=boards").json()["entries"]
    assert [(one["name"], one["type"], one["size"]) for one in listed] == [("one.bin", "file", len(content))]
    assert browser.get("/_spaces/files/download?path=boards/one.bin").content == content
    archive = zipfile.ZipFile(io.BytesIO(browser.get("/_spaces/files/download?path=boards").content))
    assert archive.read("boards/one.bin") == content
    assert Workspace.objects.get().state == State.STOPPED


def test_a_large_file_that_is_refused_says_so_to_who_still_sends_it(
    desk: Workspace, open_: Open, alice: User, settings: Any
) -> None:
    browser = open_(alice)
    assert browser.send("/_spaces/files/upload?path=a", b"x").status_code == 201
    answer = browser.send("/_spaces/files/upload?path=a", bytes(30 * 2**20))
    assert (answer.status_code, answer.json()["code"]) == (409, "FILE_EXISTS")
    settings.FILE_SIZE_LIMIT_MB = 1
    chunked = browser.send("/_spaces/files/upload?path=b", iter([bytes(2**20)] * 30))
    assert (chunked.status_code, chunked.json()["code"]) == (400, "TOO_LARGE")


def test_many_at_once_are_told_to_wait_and_pages_do_not_wait_for_them(
    desk: Workspace, open_: Open, alice: User
) -> None:
    """Uploads that stand still hold places of the files' own, and none of the gateway's threads."""
    browser, go_on, begun = open_(alice), threading.Event(), threading.Semaphore(0)

    def slowly() -> Iterator[bytes]:
        begun.release()
        yield b"a"
        go_on.wait(60)
        yield b"b"

    statuses: list[int] = []

    def send(number: int) -> None:
        statuses.append(browser.send(f"/_spaces/files/upload?path=slow-{number}", slowly()).status_code)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(MOST_OF_ONE_PERSON + 2)]
    for sender in senders:
        sender.start()
    try:
        for _ in senders:
            assert begun.acquire(timeout=30)
        held = ("long", f"person {alice.pk}")
        eventually(lambda: access._under_way[held] == MOST_OF_ONE_PERSON, "all places are taken", 30)
        began = time.monotonic()
        assert browser.get("/", **PAGE).status_code == 200
        assert time.monotonic() - began < 5
    finally:
        go_on.set()
        for sender in senders:
            sender.join(60)
    assert sorted(set(statuses)) == [201, 429] and statuses.count(201) == MOST_OF_ONE_PERSON


# -- on the loopback: what is use, and what closes
@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as running:
        yield running


@pytest.fixture
def board(make_workspace: MakeWorkspace, alice: User, program: Program) -> Iterator[Workspace]:
    """Alice's, whose desktop and whose port for looking are the same program, by turns."""
    Kind.objects.create(slug="desk", title="Desk", image="spaces/desk", port=program.port, view_port=1, frame="desktop")
    made = make_workspace(alice, name="Board", kind="desk")
    Workspace.objects.update(address="127.0.0.1")
    yield Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    authorise_forget(made.public_id)


async def connect(session: ClientSession, gateway: Running, label: str, *cookies: str) -> ClientWebSocketResponse:
    host = f"{label}.localhost:{gateway.port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Cookie": "; ".join(cookies)}
    socket = await session.ws_connect(f"http://127.0.0.1:{gateway.port}/websocket", headers=headers)
    await socket.send_str("hello")
    assert (await socket.receive()).data == "hello"
    return socket


async def streams(socket: ClientWebSocketResponse, chance: random.Random) -> None:
    """As a desktop's client does while a film runs on it: requests that follow the picture, at no beat at all."""
    for _ in range(120):
        await socket.send_bytes(chance.randbytes(chance.choice([10, 20, 36, 6])))
        await socket.receive()
        await asyncio.sleep(chance.uniform(0, 0.02))  # the pace of a picture that changes


def used_at() -> datetime:
    return Workspace.objects.get().last_activity_at


@pytest.mark.parametrize(
    ("frame", "cookie", "counts"),
    [("desktop", "spaces_here=1", False), ("desktop", "", False), ("page", "spaces_here=1", False), ("page", "", True),
     ("", "spaces_here=1", True)],
)  # fmt: skip
async def test_what_a_stream_carries_is_no_use_and_what_the_page_says_is(
    board: Workspace, gateway: Running, alice: User, monkeypatch: pytest.MonkeyPatch, frame: str, cookie: str,
    counts: bool,
) -> None:  # fmt: skip
    """A page that was opened without ours around it says nothing, so what its websocket carries is listened to."""
    monkeypatch.setattr(beats, "SETTLING_SECONDS", 0.0)
    await Kind.objects.filter(slug="desk").aupdate(frame=frame, reports_use=False)
    ago = timezone.now() - timedelta(hours=1)
    await Workspace.objects.aupdate(last_activity_at=ago)
    key = await sync_to_async(session_open)(board, board.public_id, user=alice)
    async with ClientSession() as session:
        socket = await connect(session, gateway, board.public_id, f"spaces_gate={key}", cookie)
        await streams(socket, random.Random(7))
        await asyncio.sleep(0.3)  # a note of use is written in the background
        assert (await sync_to_async(used_at)() > ago) == counts
        await Workspace.objects.aupdate(last_activity_at=ago)
        activity._noted.clear()
        host = f"{board.public_id}.localhost:{gateway.port}"
        headers = {"Host": host, "Origin": f"http://{host}", "Cookie": f"spaces_gate={key}"}
        async with session.post(f"http://127.0.0.1:{gateway.port}/_spaces/here", headers=headers) as said:
            assert said.status == 204
        await sync_to_async(eventually)(lambda: used_at() > ago, "the page's word is use", 10)
        await socket.close()


@pytest.fixture
def looked_at(board: Workspace, program: Program, actor_of: ActorOf, alice: User) -> Workspace:
    """The same, with the program where people look on, and a link."""
    Kind.objects.filter(slug="desk").update(port=1, view_port=program.port)
    authorise_forget(board.public_id)
    found = Workspace.objects.select_related("kind", "owner").get(pk=board.pk)
    looking_link_make(actor_of(alice), found)
    return found


def elsewhere(workspace: Workspace) -> None:
    """Its kind says another port from now on."""
    Kind.objects.filter(pk=workspace.kind_id).update(view_port=2)
    authorise_forget(workspace.public_id)


ENDS: dict[str, Callable[..., Any]] = {
    "taken back": looking_link_end,
    "made anew": looking_link_renew,
    "no longer shared": lambda actor, workspace: services.share_remove(
        actor, workspace, workspace.shares.get().user_id
    ),
    "looked at elsewhere": lambda _actor, workspace: elsewhere(workspace),
}
BY_SHARE = ("no longer shared", "looked at elsewhere")
"""Of those who look without a link."""


@pytest.mark.parametrize("how", ENDS)
async def test_who_looks_is_out_at_once_when_leave_is_taken_and_was_no_use(
    looked_at: Workspace, program: Program, gateway: Running, alice: User, bob: User, actor_of: ActorOf, how: str
) -> None:
    await Workspace.objects.aupdate(last_activity_at=timezone.now() - timedelta(hours=1))
    before = await sync_to_async(used_at)()
    label, by_share = host_label(looked_at.public_id, program.port), how in BY_SHARE
    await Share.objects.acreate(workspace=looked_at, user=bob, role=Share.Role.VIEWER)
    version = (await PortShare.objects.aget()).link_version
    who: dict[str, Any] = (
        {"user": bob} if by_share else {"guest_by": GatewaySession.GuestBy.LINK, "version": version}
    )
    key = await sync_to_async(session_open)(looked_at, label, **who)
    async with ClientSession() as session:
        socket = await connect(session, gateway, label, f"spaces_gate={key}")
        await streams(socket, random.Random(3))
        changed = time.monotonic()
        await sync_to_async(ENDS[how])(actor_of(alice), looked_at)
        closed = await asyncio.wait_for(socket.receive(), 10)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, 4403)
        assert time.monotonic() - changed < 2, "not only when it is asked for the next time"
    assert await sync_to_async(used_at)() == before
