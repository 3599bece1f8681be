"""Bytes through the gateway: both ways, at the pace of the slower side, in constant memory, and never for strangers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientPayloadError, ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import BrowserSession, User
from accounts.services.tokens import token_issue
from tests.accounts_fixtures import ActorOf
from tests.integration.gateway_parts import MEGABYTE, Program, Running, megabytes, platform
from tests.integration.git_containers import certificate_make
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway import websocket as gateway_websocket
from workspaces.gateway.app import Gateway
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.sessions import session_open
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_delete
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


class Browser:
    """Somebody's browser with one tab on the workspace."""

    def __init__(self, session: ClientSession, gateway: Running, label: str, key: str) -> None:
        self.session, self.label, self.base = session, label, f"http://127.0.0.1:{gateway.port}"
        self.host = f"{label}.localhost:{gateway.port}"
        self.origin = f"http://{self.host}"
        self.headers = {"Host": self.host, "Cookie": f"a=1; spaces_gate={key}; auth_token=t", "Origin": self.origin}
        self.request = session.request

    def get(self, path: str, method: str = "GET", **more: object):  # type: ignore[no-untyped-def]
        headers = self.headers | dict(more.pop("headers", {}))  # type: ignore[call-overload]
        return self.session.request(method, self.base + path, headers=headers, allow_redirects=False, **more)

    async def socket(self, path: str = "/websocket", **more: object) -> ClientWebSocketResponse:
        headers = self.headers | dict(more.pop("headers", {}))  # type: ignore[call-overload]
        kept = {name: value for name, value in headers.items() if value is not None}
        return await self.session.ws_connect(self.base + path, headers=kept, max_msg_size=0, **more)  # type: ignore


by_both = pytest.mark.parametrize("scheme", ["http", "https"])
"""What is different by TLS: how a stream waits, ends and breaks off."""


@pytest.fixture
def scheme() -> str:
    """By which the program is asked; most tests are the same by both."""
    return "http"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that the program has signed itself."""
    return certificate_make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def program(scheme: str, certificate: Path) -> Iterator[Program]:
    with Program(certificate if scheme == "https" else None) as running:
        yield running


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User, program: Program, scheme: str) -> Workspace:
    made = make_workspace(alice, name="Lab")
    Workspace.objects.filter(pk=made.pk).update(address="127.0.0.1")
    type(made.kind).objects.update(port=program.port, scheme=scheme)
    made.refresh_from_db()
    authorise_forget(made.public_id)
    return made


@pytest.fixture
def gateway() -> Iterator[Running]:
    with Running(Gateway(platform)) as running:
        yield running


@pytest.fixture
def platform_session(alice: User) -> str:
    Session.objects.create(session_key="s1", session_data="", expire_date=timezone.now() + timezone.timedelta(days=1))
    BrowserSession.objects.create(user=alice, session_key="s1")
    return "s1"


@pytest.fixture
def key(workspace: Workspace, alice: User, platform_session: str) -> str:
    return session_open(workspace, workspace.public_id, user=alice, session_key=platform_session)


@pytest.fixture
async def browser(gateway: Running, workspace: Workspace, key: str) -> AsyncIterator[Browser]:
    async with ClientSession() as session:
        yield Browser(session, gateway, workspace.public_id, key)


async def becomes(ask: Callable[[], object], what: str, seconds: float = 5) -> None:
    for _ in range(int(seconds / 0.02)):
        if ask():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Memory:
    """The most resident memory of this process, in MiB beyond what it was, while it is entered."""

    def __enter__(self) -> Memory:
        self.before, self.most, self.over = self._now(), 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, self._now() - self.before)

    @staticmethod
    def _now() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def test_other_hosts_are_the_platforms(browser: Browser) -> None:
    async with browser.get("/", headers={"Host": "localhost"}) as answer:
        assert await answer.text() == "platform"


@by_both
async def test_a_request_arrives_as_it_was_sent_without_our_credentials(browser: Browser) -> None:
    sent = {"X-Forwarded-For": "10.9.8.7", "X-Own": "é", "Accept-Encoding": "br"}
    async with browser.get("/a%2Fb/../c//d?x=%20y&key=1", "PATCH", data=b"body", headers=sent) as answer:
        seen = await answer.json()
    headers = dict(seen["headers"])
    assert (seen["method"], seen["body"]) == ("PATCH", "body")
    assert headers["host"] == browser.host
    assert headers["cookie"] == "a=1"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert (headers["accept-encoding"], headers["x-own"], headers["content-length"]) == ("br", "é", "4")
    assert "spaces_gate" not in str(seen)


async def test_the_path_is_not_made_tidy(browser: Browser) -> None:
    path, port = "/a%2Fb/../c//d?x=%20y&z", int(browser.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    cookie = browser.headers["Cookie"]
    writer.write(f"GET {path} HTTP/1.0\r\nHost: {browser.host}\r\nCookie: {cookie}\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert f'"path": "{path}"' in answer.decode()


@by_both
async def test_an_upload_of_300_mb_takes_no_memory(browser: Browser) -> None:
    digest = hashlib.sha256()
    for _ in range(300):
        digest.update(MEGABYTE)
    with Memory() as memory:
        async with browser.get("/upload", "POST", data=megabytes(300)) as answer:
            seen = await answer.json()
    assert (seen["length"], seen["sha256"], seen["chunked"]) == (300 * 2**20, digest.hexdigest(), "chunked")
    assert memory.most < 60, f"{memory.most:.0f} MiB more"


@by_both
async def test_a_download_of_300_mb_to_a_slow_reader_takes_no_memory(browser: Browser) -> None:
    length = 0
    with Memory() as memory:
        async with browser.get("/download?mb=300") as answer:
            assert answer.headers["Content-Length"] == str(300 * 2**20)
            await asyncio.sleep(1)  # a reader that is slow to begin: the container must wait, not the gateway fill up
            async for chunk in answer.content.iter_any():
                length += len(chunk)
    assert length == 300 * 2**20
    assert memory.most < 60, f"{memory.most:.0f} MiB more"


@by_both
async def test_events_arrive_one_by_one_and_end_in_the_container_when_the_browser_leaves(
    browser: Browser, program: Program
) -> None:
    async with browser.get("/events") as answer:
        for number in range(3):
            assert await asyncio.wait_for(answer.content.readuntil(b"\n\n"), 2) == f"data: {number}\n\n".encode()
            program.release.set()
        answer.close()
    await becomes(lambda: "events" in program.ended, "the container's stream ends")


@by_both
@pytest.mark.parametrize("path", ["/download", "/slow"])
async def test_a_browser_that_leaves_ends_what_the_container_does_for_it(
    browser: Browser, program: Program, path: str
) -> None:
    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.5), browser.get(path) as answer:
            await answer.read()
    await becomes(lambda: path[1:] in program.ended, "the container notices")


@by_both
async def test_a_browser_that_leaves_during_an_upload_ends_it(browser: Browser, program: Program) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield MEGABYTE
        await asyncio.sleep(60)

    with pytest.raises(asyncio.TimeoutError):
        async with asyncio.timeout(0.5), browser.get("/upload", "POST", data=endless()):
            pass
    await becomes(lambda: "upload" in program.ended, "the container notices")


@by_both
async def test_an_answer_before_the_upload_is_over_reaches_the_browser(browser: Browser) -> None:
    async with browser.get("/early", "POST", data=megabytes(5)) as answer:
        assert (answer.status, await answer.text()) == (413, "too large")
    async with browser.get("/still-works") as answer:
        assert answer.status == 200


@by_both
async def test_an_answer_that_breaks_off_breaks_off_for_the_browser(browser: Browser) -> None:
    with pytest.raises(ClientPayloadError):
        async with browser.get("/cut") as answer:
            await answer.read()


@pytest.mark.parametrize("code", [204, 205, 304, 302, 404, 500])
async def test_every_status_passes(browser: Browser, code: int) -> None:
    async with browser.get(f"/status/{code}") as answer:
        assert (answer.status, answer.headers["ETag"], answer.headers["Location"]) == (code, '"1"', "/elsewhere")
        assert len(answer.headers.getall("Date")) == 1
    async with browser.get("/still-works") as answer:
        assert answer.status == 200


async def test_head_has_the_length_and_no_body(browser: Browser) -> None:
    async with browser.get("/echo", "HEAD") as answer:
        assert answer.status == 200
        assert int(answer.headers["Content-Length"]) > 0
        assert await answer.read() == b""


async def test_a_container_sets_cookies_for_itself_alone_and_gives_no_orders_to_proxies(browser: Browser) -> None:
    async with browser.get("/cookies") as answer:
        assert answer.headers.getall("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
        assert "X-Accel-Redirect" not in answer.headers
        assert "Clear-Site-Data" not in answer.headers
        assert answer.headers["X-Own"] == "1"


async def test_a_write_from_another_site_is_refused(browser: Browser) -> None:
    for origin in ("https://evil.example", browser.origin.replace("http://", "http://x"), "null"):
        async with browser.get("/", "POST", headers={"Origin": origin}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "ORIGIN_REFUSED")


async def test_nobody_is_let_through(browser: Browser, workspace: Workspace) -> None:
    async with browser.get("/", headers={"Cookie": "spaces_gate=wrong"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, "UNAUTHENTICATED")
    page = {"Cookie": "", "Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    async with browser.get("/a?b=c&d", headers=page) as answer:
        here = f"http://localhost:8000/workspaces/{workspace.public_id}/open?next=/a%3Fb%3Dc%26d"
        assert (answer.status, answer.headers["Location"]) == (302, here)


async def test_a_port_where_nothing_listens_says_so(
    browser: Browser, gateway: Running, workspace: Workspace, alice: User, platform_session: str
) -> None:
    label = f"{workspace.public_id}-1"
    key = await sync_to_async(session_open)(workspace, label, user=alice, session_key=platform_session)
    other = Browser(browser.session, gateway, label, key)
    async with other.get("/") as answer:
        assert (answer.status, (await answer.json())["code"]) == (502, "NOTHING_LISTENING")
    async with other.get("/", headers={"Accept": "text/html"}) as answer:
        assert answer.status == 502
        assert "0.0.0.0" in await answer.text()


async def test_a_program_without_https_where_the_kind_says_it_has_it_says_so(browser: Browser) -> None:
    await sync_to_async(Kind.objects.update)(scheme="https")
    async with browser.get("/") as answer:
        assert (answer.status, (await answer.json())["code"]) == (502, "NOTHING_LISTENING")
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.socket()
    assert refused.value.status == 502


@by_both
async def test_a_websocket_carries_text_and_binary_both_ways(browser: Browser) -> None:
    socket = await browser.socket(protocols=("v1.chat", "v0.chat"))
    assert socket.protocol == "v1.chat"
    await socket.send_str("grüße")
    assert (await socket.receive()).data == "grüße"
    big = os.urandom(65 * 2**20)
    await socket.send_bytes(big)
    message = await asyncio.wait_for(socket.receive(), 60)
    assert (message.type, len(message.data), message.data == big) == (WSMsgType.BINARY, len(big), True)
    await socket.send_bytes(b"")
    assert (await socket.receive()).data == b""
    await socket.close()


@by_both
async def test_a_websocket_shows_the_container_none_of_our_cookies(browser: Browser) -> None:
    socket = await browser.socket()
    await socket.send_str("headers")
    seen = (await socket.receive()).data
    assert "cookie: a=1\n" in seen + "\n"
    assert f"origin: {browser.origin}" in seen
    assert "spaces_gate" not in seen and "auth_token" not in seen
    await socket.close()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
async def test_close_codes_pass_both_ways(browser: Browser, program: Program, code: int) -> None:
    socket = await browser.socket()
    await socket.send_str(f"close {code}")
    closed = await socket.receive()
    assert (closed.type, closed.data, closed.extra) == (WSMsgType.CLOSE, code, "as told")
    socket = await browser.socket()
    await socket.close(code=code)
    await becomes(lambda: f"websocket {code}" in program.ended, "the container is told the code")


@by_both
async def test_a_browser_that_vanishes_ends_the_containers_websocket(browser: Browser, program: Program) -> None:
    socket = await browser.socket()
    await socket.send_str("x")
    await socket.receive()
    assert program.open_sockets == 1
    socket._response.connection.transport.abort()  # as when a laptop's lid is closed
    await becomes(lambda: program.open_sockets == 0, "the container's websocket ends")


@pytest.mark.parametrize("how", ["sibling", "port", "scheme", "null", "absent", "evil", "no cookie"])
async def test_a_websocket_of_another_page_is_refused_before_it_opens(
    browser: Browser, program: Program, how: str
) -> None:
    other: dict[str, str | None] = {
        "sibling": browser.origin.replace(browser.label, "bbbbbbbbbbbb"),
        "port": browser.origin.replace(browser.label, browser.label + "-3000"),
        "scheme": browser.origin.replace("http:", "https:"),
        "null": "null",
        "absent": None,
        "evil": "https://evil.example",
        "no cookie": browser.origin,
    }
    headers = {"Origin": other[how]} | ({"Cookie": ""} if how == "no cookie" else {})
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.socket(headers=headers)
    assert refused.value.status == (401 if how == "no cookie" else 403)
    assert program.open_sockets == 0


async def test_a_program_with_a_token_opens_a_websocket_and_the_token_stays_here(
    browser: Browser, alice: User, actor_of: ActorOf
) -> None:
    _, token = await sync_to_async(token_issue)(actor_of(alice), alice, name="ci")
    socket = await browser.socket(headers={"Origin": None, "Cookie": "", "Authorization": f"Bearer {token}"})
    await socket.send_str("headers")
    assert token not in (await socket.receive()).data
    await socket.close()


@by_both
@pytest.mark.parametrize("how", ["locked", "signed out", "deleted"])
async def test_withdrawn_access_closes_an_open_websocket(
    browser: Browser, workspace: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(gateway_websocket, "ASKS_EVERY", 0.1)
    monkeypatch.setattr("workspaces.gateway.authorise.KEPT", 0.05)
    socket = await browser.socket()
    await asyncio.sleep(0.5)  # it is asked several times and may stay
    await socket.send_str("still here")
    assert (await socket.receive()).data == "still here"
    if how == "locked":
        await User.objects.aupdate(is_active=False)
    elif how == "signed out":
        await BrowserSession.objects.all().adelete()
    else:
        await sync_to_async(workspace_delete)(actor_of(alice), workspace)
        await Workspace.objects.filter(pk=workspace.pk).adelete()
    closed = await asyncio.wait_for(socket.receive(), 5)
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, 4403)


async def test_a_forgotten_tab_does_not_wake_what_was_stopped(browser: Browser, workspace: Workspace) -> None:
    await Workspace.objects.aupdate(state=State.STOPPED, address=None)
    authorise_forget(workspace.public_id)
    async with browser.get("/api") as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "WORKSPACE_NOT_RUNNING")
        assert answer.headers["Retry-After"]
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.socket()
    assert refused.value.status == 503
    assert (await Workspace.objects.aget()).state == State.STOPPED


async def test_from_the_platforms_page_into_the_workspace_and_nothing_of_ours_arrives(
    workspace: Workspace, alice: User
) -> None:
    from spaces_site.asgi import application

    client = Client()
    await sync_to_async(client.force_login)(alice)
    platform_cookie = client.cookies["spaces_session"].value
    await BrowserSession.objects.acreate(user=alice, session_key=platform_cookie)
    with Running(application) as site:
        async with ClientSession() as session:
            tab = Browser(session, site, workspace.public_id, "")
            page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Cookie": ""}
            async with tab.get("/a?b=c", headers=page) as sent_to_open:
                opened = urlsplit(sent_to_open.headers["Location"])
            ours = {**page, "Host": f"localhost:{site.port}", "Cookie": f"spaces_session={platform_cookie}"}
            async with tab.get(f"{opened.path}?{opened.query}", headers=ours) as sent_back:
                entry = urlsplit(sent_back.headers["Location"])
            assert entry.hostname == f"{workspace.public_id}.localhost"
            async with tab.get(f"{entry.path}?{entry.query}", headers=page) as entered:
                assert entered.headers["Location"] == "/a?b=c"
                gate = entered.headers["Set-Cookie"].partition(";")[0]
            async with tab.get("/a?b=c", headers={**page, "Cookie": f"{gate}; x=1"}) as answer:
                seen = await answer.json()
    assert (seen["path"], dict(seen["headers"])["cookie"]) == ("/a?b=c", "x=1")
    assert platform_cookie not in str(seen) and gate not in str(seen)


async def test_a_program_that_switches_protocols_unasked_is_cut_off(browser: Browser, workspace: Workspace) -> None:
    """A proxy in front of us would hand its client a bare connection to this server, past all that the proxy checks."""

    async def switch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: bare\r\n\r\n")
        await writer.drain()

    server = await asyncio.start_server(switch, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await Kind.objects.aupdate(port=port)
    authorise_forget(workspace.public_id)
    async with browser.get("/", headers={"Connection": "upgrade", "Upgrade": "bare"}) as answer:
        assert answer.status == 503
        assert (await answer.json())["code"] == "BAD_ANSWER"
    server.close()


async def test_a_message_without_end_from_a_program_is_not_kept_in_memory(
    browser: Browser, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_websocket, "LARGEST_MESSAGE_BYTES", 2**20)
    tab = await browser.socket()
    await tab.send_bytes(MEGABYTE[1:])
    assert len((await tab.receive(5)).data) == 2**20 - 1
    await tab.send_bytes(MEGABYTE * 2)  # which the program echoes
    message = await tab.receive(5)
    assert message.type is WSMsgType.CLOSE, message.type


@pytest.mark.parametrize("port", [None, "its own", "other"])
async def test_no_page_of_another_workspace_frames_an_editor(
    browser: Browser, workspace: Workspace, program: Program, alice: User, platform_session: str, port: str | None
) -> None:
    """To a browser it is the same site, so our cookie would go along and clicks on it would be the visitor's."""
    if port == "other":  # what people serve themselves they may frame where they like
        await Workspace.objects.aupdate(app_port=1)
    if port:
        label = f"{workspace.public_id}-{program.port}"
        key = await sync_to_async(session_open)(workspace, label, user=alice, session_key=platform_session)
        host = browser.host.replace(workspace.public_id, label)
        browser.headers |= {"Host": host, "Cookie": f"spaces_gate={key}"}
    async with browser.get("/") as answer:
        policy = answer.headers.get("Content-Security-Policy")
    assert policy == (None if port == "other" else "frame-ancestors 'self' http://localhost:8000")
