"""The gateway in front of real containers: what reaches them, who gets in, and that it streams."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import docker
import pytest
import requests

from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
OWNER, STRANGER = "owner-gate@example.org", "stranger-gate@example.org"
PORT = 8000
MEGABYTES = 200
SERVER = """
import hashlib, http.server, json

class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/large":
            self.send_response(200)
            self.send_header("Content-Length", str(200 * 2**20))
            self.end_headers()
            for _ in range(200):
                self.wfile.write(bytes(2**20))
            return
        self.answer(json.dumps({"path": self.path, "headers": self.headers.items()}).encode())

    def do_POST(self):
        left, digest = int(self.headers["Content-Length"]), hashlib.sha256()
        while left:
            data = self.rfile.read(min(left, 2**16))
            digest.update(data)
            left -= len(data)
        self.answer(digest.hexdigest().encode())

http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Echo).serve_forever()
"""


class Echo:
    """A terminal workspace in which a server on port 8000 answers with the request it got."""

    def __init__(self, platform: Platform, client: docker.DockerClient) -> None:
        self.platform, self.client = platform, client
        self.token = platform.token(OWNER)
        made = platform.post("/api/v1/spaces/create", json={"type": "terminal"}, token=self.token).json()
        self.number, self.container_id = made["spaceId"], made["containerId"]
        self.public_id = re.findall(r"//([a-z0-9]{12})\.", made["accessUrl"])[0]
        self.serve()

    def serve(self) -> None:
        self.client.containers.get(self.container_id).exec_run(["python3", "-c", SERVER], detach=True)
        eventually(lambda: self.get("/").status_code == 200, "the server in the workspace answers", 20)

    def url(self, path: str = "/") -> str:
        return self.platform.workspace_url(f"{self.public_id}-{PORT}", path)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.platform.get(self.url(path), **{"token": self.token, **options})


@pytest.fixture(scope="module")
def echo(platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Echo]:
    workspace = Echo(platform, docker_engine)
    yield workspace
    platform.delete(f"/api/v1/spaces/delete/{workspace.number}", token=workspace.token)


def test_no_credential_of_the_platform_reaches_a_container(echo: Echo, platform: Platform) -> None:
    cookies = "spaces_session=secret1; spaces_csrf=secret2; auth_token=secret3; spaces_gate=secret4; theirs=kept"
    answer = echo.get(f"/page?key={echo.token}&q=1", headers={"Cookie": cookies, "X-Forwarded-For": "6.6.6.6"})
    seen = answer.json()
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert echo.token not in json.dumps(seen)
    assert "secret" not in json.dumps(seen)
    assert headers["cookie"] == "theirs=kept"
    assert "authorization" not in headers
    assert seen["path"] == "/page?q=1"
    assert headers["host"] == f"{echo.public_id}-{PORT}.localhost:{platform.port}"
    assert "6.6.6.6" not in headers["x-forwarded-for"]


def test_a_stranger_gets_404_for_every_path_of_anothers_workspace(echo: Echo, platform: Platform) -> None:
    stranger = platform.token(STRANGER)
    for host in (echo.public_id, f"{echo.public_id}-{PORT}", f"{echo.public_id}-22"):
        for path in ("/", "/healthz", "/a/b?c=d", "/_spaces/state"):
            assert platform.get(platform.workspace_url(host, path), token=stranger).status_code == 404, (host, path)
            assert platform.post(platform.workspace_url(host, path), token=stranger).status_code == 404, (host, path)
    for verb, path in (("GET", "status"), ("POST", "start"), ("POST", "stop"), ("DELETE", "delete")):
        answer = platform.request(verb, f"/api/v1/spaces/{path}/{echo.number}", token=stranger)
        assert answer.status_code == 404, path
    assert platform.post(f"/api/v1/spaces/{echo.number}/favorite", token=stranger).status_code == 404


def test_nobody_gets_in_without_a_credential(echo: Echo, platform: Platform) -> None:
    assert platform.get(echo.url("/")).status_code == 401
    page = platform.get(echo.url("/"), headers={"Accept": "text/html"}, allow_redirects=False)
    assert page.status_code in (302, 303)
    assert page.headers["Location"].startswith(f"{platform.url}/workspaces/{echo.public_id}/open")


def test_an_address_that_nobody_has_is_said_in_plain_words(platform: Platform) -> None:
    for label in ("not-a-workspace", "a1b2c3d4e5f6-0", "a1b2c3d4e5f6-99999"):
        answer = platform.get(platform.workspace_url(label), headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert "<h1" in answer.text and "Traceback" not in answer.text


def test_a_websocket_with_a_foreign_origin_is_refused(echo: Echo, platform: Platform) -> None:
    async def status(origin: str) -> int:
        connector = aiohttp.TCPConnector(resolver=_Loopback())
        headers = {"Authorization": f"Bearer {echo.token}", "Origin": origin}
        async with aiohttp.ClientSession(connector=connector) as session:
            try:
                async with session.ws_connect(echo.url("/").replace("http", "ws", 1), headers=headers):
                    return 101
            except aiohttp.WSServerHandshakeError as refusal:
                return refusal.status

    for origin in ("http://evil.example", platform.url, f"http://{echo.public_id}.localhost:{platform.port}", "null"):
        assert asyncio.run(status(origin)) == 403, origin
    assert asyncio.run(status(echo.url("/").rstrip("/"))) != 403, (
        "its own origin passes; this server speaks no websocket"
    )


def test_large_bodies_stream_both_ways_in_constant_memory(echo: Echo, platform: Platform, tmp_path: Path) -> None:
    before = peak_mb(platform)
    path = tmp_path / "large"
    path.write_bytes(b"".join(bytes([number]) * 2**20 for number in range(MEGABYTES)))
    with path.open("rb") as file:
        uploaded = platform.post(echo.url("/up"), data=file, token=echo.token)
    assert uploaded.text == hashlib.sha256(path.read_bytes()).hexdigest()
    received = 0
    with echo.get("/large", stream=True) as answer:
        for chunk in answer.iter_content(2**18):
            received += len(chunk)
    assert received == MEGABYTES * 2**20
    assert peak_mb(platform) - before < 60


def test_a_visit_wakes_a_stopped_workspace_and_polling_does_not(echo: Echo, platform: Platform) -> None:
    assert platform.post(f"/api/v1/spaces/stop/{echo.number}", token=echo.token).status_code == 200
    poll = echo.get("/")
    assert (poll.status_code, poll.json()["code"]) == (503, "WORKSPACE_NOT_RUNNING")
    time.sleep(0.5)  # a wake-up that must not come could not announce itself
    assert status(echo) == "exited"
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    waiting = echo.get("/", headers=browser)
    assert waiting.status_code == 503 and "progress" in waiting.text
    eventually(lambda: status(echo) == "running", "the visit has woken it", 30)
    echo.serve()


def test_a_paused_workspace_goes_on_where_it_was(
    echo: Echo, platform: Platform, docker_engine: docker.DockerClient
) -> None:
    docker_engine.containers.get(echo.container_id).pause()
    eventually(lambda: status(echo) == "paused", "the row follows what happened on the engine", 10)
    browser = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = eventually(
        lambda: answer if (answer := echo.get("/again", headers=browser)).status_code == 200 else None, "it is back", 20
    )
    assert answer.json()["path"] == "/again", "the same server as before, not started anew"


def status(echo: Echo) -> str:
    return str(echo.platform.get(f"/api/v1/spaces/status/{echo.number}", token=echo.token).json()["status"])


def peak_mb(platform: Platform) -> float:
    """Most memory that the site's process ever had, MiB."""
    text = Path(f"/proc/{platform.processes[0].pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) / 1024


class _Loopback(aiohttp.abc.AbstractResolver):
    """Every name is this machine, as for a browser and `*.localhost`."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[Any]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        return
