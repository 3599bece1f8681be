"""Other machines: which there are, how they are, and that nothing they answer does harm."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Unauthenticated
from tests.accounts_fixtures import ActorOf
from workspaces.engine.fake import FakeEngine
from workspaces.machine import Capabilities
from workspaces.nodes import asking, nodes_list, nodes_spaces
from workspaces.nodes.finding import Address, address_read, addresses
from workspaces.nodes.listing import nodes_forget

Answer = Callable[[BaseHTTPRequestHandler], None]
CAN = {"gpu": True, "gpuName": "RTX", "gpuMemory": 24 * 2**30, "arch": "x64", "platform": "linux", "cpus": 8,
       "memory": 2**36}  # fmt: skip


class Machine(ThreadingHTTPServer):
    """Another machine; `answer(handler)` says what it does. `asked`: path and credential of each request."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []
        machine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                machine.asked.append((self.path, self.headers["Authorization"], self.headers["Cookie"]))
                try:
                    answer(self)
                except ConnectionError:
                    pass  # it was given up, which is what some tests are about

            def log_message(self, *_arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def machine() -> Iterator[Callable[[Answer], Machine]]:
    made: list[Machine] = []

    def make(answer: Answer) -> Machine:
        made.append(Machine(answer))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()
        one.server_close()


@pytest.fixture(autouse=True)
def anew(engine: FakeEngine, settings: Any) -> Iterator[None]:
    settings.NODES = []
    nodes_forget()
    yield
    nodes_forget()


@pytest.fixture
def root_actor(root: User, actor_of: ActorOf) -> Actor:
    return actor_of(root)


def body(content: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def says(value: Any, status: int = 200) -> Answer:
    return body(json.dumps(value).encode(), status)


def closed_port() -> str:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_port}"


def test_this_machine_alone_is_first_and_online(alice: User, actor_of: ActorOf, settings: Any) -> None:
    before = int(time.time() * 1000)
    listed = nodes_list(actor_of(alice))
    (here,) = listed.nodes
    assert (here.url, here.status, here.latency_ms) == (settings.BASE_URL, "online", 0)
    assert here.capabilities and here.capabilities.gpu is False
    assert before <= listed.last_updated_at <= int(time.time() * 1000)


def test_others_are_asked_with_the_key_that_the_setting_has(
    machine: Callable[[Answer], Machine], alice: User, actor_of: ActorOf, settings: Any
) -> None:
    open_one, locked = machine(says(CAN)), machine(says({"error": "Unauthorized"}, 401))
    settings.NODES = [f"big={open_one.url}?key=s3cret", locked.url, f"gone={closed_port()}"]
    listed = nodes_list(actor_of(alice)).nodes[1:]
    assert [(node.name, node.url, node.status) for node in listed] == [
        ("big", open_one.url, "online"),
        ("127.0.0.1", locked.url, "unauthorized"),
        ("gone", settings.NODES[2].partition("=")[2], "offline"),
    ]
    assert listed[0].capabilities == Capabilities(True, "RTX", 24 * 2**30, "x64", "linux", 8, 2**36)
    assert listed[0].latency_ms is not None and listed[2].latency_ms is None
    assert open_one.asked == [("/api/system/capabilities", "Bearer s3cret", None)]
    assert locked.asked[0][1:] == (None, None)
    assert "s3cret" not in repr(listed)


def test_many_who_look_at_once_are_one_question(
    machine: Callable[[Answer], Machine], alice: User, actor_of: ActorOf, settings: Any
) -> None:
    other, barrier = machine(says(CAN)), threading.Barrier(12)
    settings.NODES = [other.url]
    actor = actor_of(alice)

    def look(_number: int) -> str:
        barrier.wait()
        return nodes_list(actor).nodes[1].status

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(look, range(12))) == ["online"] * 12
    assert len(other.asked) == 1


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.05)  # slower than anybody waits


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b"[" * 65536)


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def headers_without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000)


@pytest.mark.parametrize(
    "answer",
    [
        drip, endless, no_http, headers_without_end,
        body(b"<h1>Welcome</h1>"), body(b"[" * 100_000), body(b'"text"'), body(b"\xff\xfe"), body(b""),
        body(b"\x1f\x8b" + b"\0" * 100, Content_Encoding="gzip"), body(b"", 302, Location="http://127.0.0.1:1/"),
        says([]), says({"capabilities": []}), says({"gpu": "yes"}), says(CAN, 500), says(CAN, 204),
    ],
)  # fmt: skip
def test_a_machine_that_answers_otherwise_is_offline_and_holds_nobody_up(
    machine: Callable[[Answer], Machine],
    alice: User,
    actor_of: ActorOf,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
) -> None:
    monkeypatch.setattr(asking, "LIMIT_SECONDS", 0.6)
    settings.NODES = [f"bad={machine(answer).url}", f"good={machine(says(CAN)).url}"]
    began = time.monotonic()
    bad, good = nodes_list(actor_of(alice)).nodes[1:]
    assert time.monotonic() - began < 3
    assert (bad.status, bad.capabilities, good.status) == ("offline", None, "online")


def test_fields_of_the_wrong_kind_are_left_out(
    machine: Callable[[Answer], Machine], alice: User, actor_of: ActorOf, settings: Any
) -> None:
    answer = {"gpu": False, "gpuName": ["x"], "gpuMemory": -1, "arch": "a" * 9999, "platform": "li\x07nux\u202e",
              "cpus": True, "memory": 1e300}  # fmt: skip
    settings.NODES = [machine(says({"capabilities": answer})).url]
    can = nodes_list(actor_of(alice)).nodes[1].capabilities
    assert can == Capabilities(False, None, None, "a" * 120, "linux", None, None)


def test_a_redirect_gets_no_key(
    machine: Callable[[Answer], Machine], alice: User, actor_of: ActorOf, settings: Any
) -> None:
    elsewhere = machine(says(CAN))
    settings.NODES = [f"{machine(body(b'', 302, Location=elsewhere.url)).url}?key=s3cret"]
    assert nodes_list(actor_of(alice)).nodes[1].status == "offline"
    assert elsewhere.asked == []


def test_the_spaces_of_others_are_for_staff(
    machine: Callable[[Answer], Machine], alice: User, root: User, actor_of: ActorOf, settings: Any
) -> None:
    full = {"name": "one", "id": "abc", "status": "running", "created": "2026-01-01", "started": None, "image": "i",
            "memory": 2**30, "cpus": 0.5, "lastActivity": "2026"}  # fmt: skip
    other = machine(says({"spaces": [full, 7, None, {"id": "nameless"}, {"name": "<b>"}]}))
    settings.NODES = [f"big={other.url}?key=s3cret", f"bad={machine(body(b'<html>')).url}", f"x={closed_port()}"]
    assert nodes_spaces(actor_of(alice)) == []
    assert other.asked == []
    one, bold = nodes_spaces(actor_of(root))
    assert (one.node, one.name, one.status, one.memory, one.cpus, one.started) == (
        "big",
        "one",
        "running",
        2**30,
        0.5,
        "",
    )
    assert (bold.name, bold.status, bold.memory) == ("<b>", "", None)
    assert other.asked == [("/api/spaces?all=true", "Bearer s3cret", None)]


def test_a_visitor_is_told_nothing(visitor: Actor, db: None) -> None:
    with pytest.raises(Unauthenticated):
        nodes_list(visitor)
    with pytest.raises(Unauthenticated):
        nodes_spaces(visitor)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("big=https://big.example.org/", Address("big", "https://big.example.org")),
        ("http://10.0.0.2:7777", Address("10.0.0.2", "http://10.0.0.2:7777")),
        ("http://10.0.0.2:7777?key=a=b", Address("10.0.0.2", "http://10.0.0.2:7777", "a=b")),
        ("big=http://me:pw@big:1/x/?key=a&y=1", Address("big", "http://big:1/x", "a")),
        ("six=http://[fd00::1]:8000", Address("six", "http://[fd00::1]:8000")),
        ("ftp://big", None),
        ("big", None),
        ("big=", None),
        ("http://big:port", None),
        ("javascript:alert(1)", None),
    ],
)
def test_the_setting_names_machines(text: str, expected: Address | None) -> None:
    assert address_read(text) == expected


@pytest.fixture
def tailscale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`tailscale(output)`: a stand-in of that name, which prints it."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def install(output: str) -> None:
        (tmp_path / "status.json").write_text(output)
        program = tmp_path / "tailscale"
        program.write_text(f'#!/bin/sh\n[ "$*" = "status --json" ] && exec cat {tmp_path}/status.json\n')
        program.chmod(0o755)

    return install


def test_without_the_setting_tailscale_names_them(tailscale: Callable[[str], None], settings: Any) -> None:
    settings.PORT = 7777
    peers = {
        "k1": {"HostName": "rtx3090", "DNSName": "rtx3090.tailnet.ts.net.", "Online": True},
        "k2": {"HostName": "laptop", "DNSName": "laptop.tailnet.ts.net.", "Online": False},
        "k3": {"HostName": "bad", "DNSName": "bad/../@evil", "Online": True},
        "k4": {"HostName": "nameless", "DNSName": ""},
    }
    tailscale(json.dumps({"Self": {"HostName": "here"}, "Peer": peers}))
    assert addresses() == [
        Address("laptop", "http://laptop.tailnet.ts.net:7777", is_away=True),
        Address("rtx3090", "http://rtx3090.tailnet.ts.net:7777"),
    ]
    settings.NODES = ["http://other:1"]
    assert addresses() == [Address("other", "http://other:1")]


def test_a_machine_that_tailscale_calls_offline_is_not_asked(
    tailscale: Callable[[str], None], alice: User, actor_of: ActorOf
) -> None:
    tailscale(json.dumps({"Peer": {"k": {"HostName": "off", "DNSName": "off.ts.net.", "Online": False}}}))
    (node,) = nodes_list(actor_of(alice)).nodes[1:]
    assert (node.name, node.status) == ("off", "offline")


@pytest.mark.parametrize("output", ["", "[]", '{"Peer": null}', '{"Peer": 7}', '{"Peer": {"k": 7}}', "[" * 100_000])
def test_a_tailscale_that_is_logged_out_names_none(tailscale: Callable[[str], None], output: str) -> None:
    tailscale(output)
    assert addresses() == []
