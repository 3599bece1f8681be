"""Ports and names through the real gateway, to a server in a real container; and what closes when leave is taken."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest
import requests
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from asgiref.sync import sync_to_async

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.harness import Platform
from tests.integration.gateway_parts import Program, Running
from tests.integration.gateway_parts import platform as platform_behind
from tests.local_http import new_session
from tests.waiting import eventually
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.app import Gateway
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.names import name_forget
from workspaces.gateway.sessions import session_open
from workspaces.models import GatewaySession, PortShare, Workspace
from workspaces.services.aliases import alias_add, alias_remove, alias_update
from workspaces.services.ports import port_link_renew, port_share_set

pytestmark = pytest.mark.integration
OWNER, STRANGER = "owner-ports@example.org", "stranger-ports@example.org"
PORT, LOOPBACK = 8000, 8001
PAGE = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
SERVER = """
import http.server, json, threading

class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"path": self.path, "headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

inside = http.server.ThreadingHTTPServer(("127.0.0.1", 8001), Echo)
threading.Thread(target=inside.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Echo).serve_forever()
"""


class Shared:
    """A terminal workspace in which a server on port 8000 answers with the request it got, and its owner's API."""

    def __init__(self, platform: Platform, client: docker.DockerClient) -> None:
        self.platform, self.token = platform, platform.token(OWNER)
        made = platform.post("/api/v1/spaces/create", json={"type": "terminal"}, token=self.token).json()
        self.number = made["spaceId"]
        self.public_id = re.findall(r"//([a-z0-9]{12})\.", made["accessUrl"])[0]
        client.containers.get(made["containerId"]).exec_run(["python3", "-c", SERVER], detach=True)
        eventually(lambda: self.ask(token=self.token).status_code == 200, "the server in the workspace answers", 20)

    def url(self, label: str = "", path: str = "/") -> str:
        return self.platform.workspace_url(label or f"{self.public_id}-{PORT}", path)

    def ask(self, label: str = "", path: str = "/", **options: Any) -> requests.Response:
        return self.platform.get(self.url(label, path), **options)

    def share(self, audience: str) -> str:
        answer = self.api("PUT", f"ports/{PORT}", json={"audience": audience})
        assert answer.status_code == 200, answer.text
        return answer.json()["link"] or ""

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        path = f"/api/projects/{self.public_id}/{path}"
        return self.platform.request(method, path, token=self.token, **options)


@pytest.fixture(scope="module")
def shared(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Shared]:
    made = Shared(platform, docker_engine)
    yield made
    platform.delete(f"/api/v1/spaces/delete/{made.number}", token=made.token)


def seen_by_container(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {name.lower(): value for name, value in answer.json()["headers"]}


def test_what_listens_is_found_with_where(shared: Shared) -> None:
    found = {port["port"]: port for port in shared.api("GET", "ports").json()["ports"]}
    assert (found[PORT]["listening"], found[PORT]["loopbackOnly"]) == (True, False)
    assert (found[LOOPBACK]["listening"], found[LOOPBACK]["loopbackOnly"]) == (True, True)


def test_a_port_is_the_owners_alone_until_it_is_shared_and_again_after(shared: Shared, platform: Platform) -> None:
    stranger = platform.token(STRANGER)
    assert shared.ask(token=stranger).status_code == 404
    shared.share("people")
    headers = seen_by_container(shared.ask(token=stranger))
    assert "authorization" not in headers and stranger not in json.dumps(headers)
    assert shared.ask(f"{shared.public_id}-{LOOPBACK}", token=stranger).status_code == 404, "another port stays closed"
    assert shared.ask(shared.public_id, token=stranger).status_code == 404
    assert platform.get(f"/api/projects/{shared.public_id}", token=stranger).status_code == 404
    assert shared.ask().status_code == 401, "people are those with an account"
    shared.share("owner")
    assert shared.ask(token=stranger).status_code == 404, "at once"


def test_the_link_lets_a_browser_without_an_account_in_until_there_is_another(shared: Shared) -> None:
    link = shared.share("link")
    browser = new_session()
    answer = browser.get(link, headers=PAGE, timeout=60)
    assert answer.url == shared.url(), "it leads to the start of the app, without the key"
    headers = seen_by_container(answer)
    assert "spaces_gate" not in headers.get("cookie", "") and "key=" not in json.dumps(headers)
    assert new_session().get(link + "0", headers=PAGE, timeout=60).status_code == 404
    assert browser.get(shared.url(path="/again"), timeout=60).status_code == 200
    shared.share("people")
    assert browser.get(shared.url(), timeout=60).status_code == 401, "at once"
    assert new_session().get(link, headers=PAGE, timeout=60).status_code == 404
    shared.share("owner")


def test_a_name_leads_to_the_port_and_its_password_stays_here(shared: Shared) -> None:
    name = f"n-{shared.public_id[:8]}"
    made = shared.api("POST", "aliases", json={
        "subdomain": name, "port": PORT, "authProtected": True, "authUsername": "class", "authPassword": "open sesame",
    })  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.json()["alias"]["url"] == shared.url(name)
    refused = shared.ask(name)
    assert (refused.status_code, refused.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    headers = seen_by_container(shared.ask(name, "/a?b=c", auth=("class", "open sesame")))
    assert "authorization" not in headers and "class" not in json.dumps(headers)
    assert headers["host"] == f"{name}.localhost:{shared.platform.port}"
    assert shared.ask(name, auth=("class", "wrong")).status_code == 401

    browser = new_session()
    gate = browser.get(shared.url(name, "/b"), headers=PAGE, timeout=60)
    assert (gate.status_code, "WWW-Authenticate" in gate.headers, 'name="username"' in gate.text) == (401, False, True)
    form = {"username": "class", "password": "open sesame"}
    entered = browser.post(
        shared.url(name, "/_spaces/gate?next=/b"), data=form, timeout=60,
        headers={**PAGE, "Origin": shared.url(name).rstrip("/")},
    )  # fmt: skip
    assert entered.json()["path"] == "/b"
    assert shared.api("DELETE", f"aliases/{name}").status_code == 200
    assert browser.get(shared.url(name), timeout=60).status_code == 404, "at once"


# -- what is open, on the loopback instead of in a container
APP = 1
"""Where the kind's app would listen: not at the program's port, which is shared."""


@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as running:
        yield running


@pytest.fixture
def gateway() -> Iterator[Running]:
    with Running(Gateway(platform_behind)) as running:
        yield running


@pytest.fixture
def lab(
    transactional_db: None, make_workspace: MakeWorkspace, alice: User, program: Program, actor_of: ActorOf
) -> Iterator[Workspace]:
    """A workspace whose port, shared by link and with two names, is the program's."""
    made = make_workspace(alice, name="Lab")
    Workspace.objects.update(address="127.0.0.1", app_port=APP)
    made = Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    port_share_set(actor_of(alice), made, program.port, "link")
    alias_add(actor_of(alice), made, subdomain="by-name", port=program.port)
    alias_add(actor_of(alice), made, subdomain="guarded", port=program.port, auth_username="class",
              auth_password="open sesame")  # fmt: skip
    yield made
    authorise_forget(made.public_id)
    for name in ("by-name", "guarded"):
        name_forget(name)


async def connect(session: ClientSession, gateway: Running, label: str, key: str) -> ClientWebSocketResponse:
    host = f"{label}.localhost:{gateway.port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Cookie": f"spaces_gate={key}"}
    socket = await session.ws_connect(f"http://127.0.0.1:{gateway.port}/websocket", headers=headers)
    await socket.send_str("hello")
    assert (await socket.receive()).data == "hello"
    return socket


WAYS = {
    "owner": ("number", lambda actor, lab, port: port_share_set(actor, lab, port, "owner")),
    "people": ("by-name", lambda actor, lab, port: port_share_set(actor, lab, port, "people")),
    "another link": ("by-name", lambda actor, lab, port: port_link_renew(actor, lab, port)),
    "name gone": ("by-name", lambda actor, lab, port: alias_remove(actor, lab, "by-name")),
    "name moved": ("by-name", lambda actor, lab, port: alias_update(actor, lab, "by-name", port=port % 60000 + 2)),
    "other words": ("guarded", lambda actor, lab, port: alias_update(actor, lab, "guarded", auth_password="123456")),
    "no password": ("guarded", lambda actor, lab, port: alias_update(actor, lab, "guarded", protected=False)),
}
"""How leave is taken back, and the host at which that closes an open websocket."""


@pytest.mark.parametrize("how", WAYS)
async def test_an_open_websocket_of_a_guest_closes_at_once(
    lab: Workspace, program: Program, gateway: Running, alice: User, actor_of: ActorOf, how: str
) -> None:
    where, change = WAYS[how]
    label = host_label(lab.public_id, program.port) if where == "number" else where
    by, version = GatewaySession.GuestBy.LINK, (await PortShare.objects.aget()).link_version
    if where == "guarded":
        by, version = GatewaySession.GuestBy.ALIAS, (await lab.aliases.aget(subdomain="guarded")).password_version
    key = await sync_to_async(session_open)(lab, label, guest_by=by, version=version)
    async with ClientSession() as session:
        socket = await connect(session, gateway, label, key)
        changed = time.monotonic()
        await sync_to_async(change)(actor_of(alice), lab, program.port)
        closed = await asyncio.wait_for(socket.receive(), 10)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, 4403)
        assert time.monotonic() - changed < 2, "not only when it is asked for the next time"


async def test_a_change_that_is_none_of_theirs_leaves_an_open_websocket_alone(
    lab: Workspace, program: Program, gateway: Running, alice: User, actor_of: ActorOf
) -> None:
    version = (await PortShare.objects.aget()).link_version
    by = GatewaySession.GuestBy.LINK
    key = await sync_to_async(session_open)(lab, "by-name", guest_by=by, version=version)
    async with ClientSession() as session:
        socket = await connect(session, gateway, "by-name", key)
        for change in (
            lambda: port_share_set(actor_of(alice), lab, 4444, "people"),
            lambda: alias_remove(actor_of(alice), lab, "guarded"),
            lambda: alias_update(actor_of(alice), lab, "by-name", auth_username="a", auth_password="another one"),
        ):
            await sync_to_async(change)()
        await asyncio.sleep(0.3)  # they would have been asked for by now
        await socket.send_str("still here")
        assert (await socket.receive()).data == "still here"
        await socket.close()
