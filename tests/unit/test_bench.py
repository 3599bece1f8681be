"""What a measurement makes of its samples; nothing here is timed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from django.test import Client

from accounts.models import User
from bench.__main__ import PARTS, _parser
from bench.claiming import classes_make
from bench.crowd import crowd_make
from bench.figures import HEAD, Figure, Target, report, shown, table
from bench.load import Load, get_request, load_for, load_of, requests_per_second
from workspaces.models import Workspace

CREATE = Figure("create", "create / bare engine", "s", [0.9, 0.6, 0.5], [0.5, 0.7, 0.4], Target(1.15))
MEMORY = Figure("memory", "idle memory", "MB", [120.4], (), Target(150, absolute=True))
GATEWAY = Figure("gateway", "small answers", "/s", [8000, 8200], [10_000, 10_200], Target(0.5, least=True))
TOLD = Figure("memory", "of helpers", "MB", [3.21])


def test_a_ratio_is_that_of_the_medians() -> None:
    assert CREATE.ratio == pytest.approx(0.6 / 0.5)
    assert MEMORY.ratio is None


@pytest.mark.parametrize(
    ("figure", "ok"),
    [
        (CREATE, False),
        (MEMORY, True),
        (GATEWAY, True),
        (TOLD, None),
        (Figure("a", "exactly at the bound", "s", [1.15], [1.0], Target(1.15)), True),
        (Figure("a", "too much by itself", "MB", [150.1], (), Target(150, absolute=True)), False),
        (Figure("a", "too little", "/s", [4.9], [10.0], Target(0.5, least=True)), False),
        (Figure("a", "a ratio without a peer", "s", [1.0], (), Target(1.15)), None),
    ],
    ids=lambda value: value.what if isinstance(value, Figure) else str(value),
)
def test_a_target_holds_or_not(figure: Figure, ok: bool | None) -> None:
    assert figure.ok is ok


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.8123, "s", "0.812 s"), (4.3891, "s", "4.39 s"), (14.06, "MB", "14.1 MB"), (5170.4, "/s", "5,170 /s")],
)
def test_a_number_has_three_digits(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_the_table_has_a_line_for_each_figure_in_columns() -> None:
    head, rule, *lines = table([CREATE, MEMORY, GATEWAY, TOLD]).splitlines()
    assert head.split() == list(HEAD)
    assert set(rule) == {"-"}
    assert [line.split("  ")[0] for line in lines] == [figure.what for figure in (CREATE, MEMORY, GATEWAY, TOLD)]
    for word, line in (("0.600 s", lines[0]), ("120 MB", lines[1]), ("8,100 /s", lines[2])):
        assert line.index(word) == head.index("ours")
    assert [line.split()[-1] for line in lines[:3]] == ["NO", "yes", "yes"]
    assert "≤ 1.15" in lines[0] and "≤ 150 MB" in lines[1] and "≥ 0.5" in lines[2]


def test_the_report_holds_every_sample_and_can_be_written() -> None:
    written = json.loads(json.dumps(report([CREATE, TOLD], {"cores": 2}, 3, "2026-01-01T00:00:00+00:00")))
    assert (written["machine"], written["rounds"], written["at"]) == ({"cores": 2}, 3, "2026-01-01T00:00:00+00:00")
    create, told = written["figures"]
    assert create["ours"] == {"median": 0.6, "samples": [0.9, 0.6, 0.5]}
    assert create["peer"] == {"median": 0.5, "samples": [0.5, 0.7, 0.4]}
    assert (create["ok"], create["target"], round(create["ratio"], 2)) == (False, "≤ 1.15", 1.2)
    assert (told["peer"], told["ratio"], told["target"], told["ok"]) == (None, None, None, None)


def test_parts_can_be_chosen() -> None:
    assert list(PARTS) == [
        *("create", "ten", "clone", "claim", "memory", "gateway", "terminal", "list", "desktop", "desktop-cost")
    ]
    options = _parser().parse_args(["--only", "ten", "--only", "memory", "--rounds", "3"])
    assert (options.only, options.rounds, str(options.json)) == (["ten", "memory"], 3, "bench.json")


@pytest.mark.parametrize(
    ("times", "p50_ms", "p95_ms"),
    [([0.2], 200, 200), ([0.1, 0.2], 100, 200), ([n / 1000 for n in range(100, 0, -1)], 50, 95)],
    ids=["one", "two", "a hundred"],
)
def test_a_load_says_within_what_time_a_share_was_answered(times: list[float], p50_ms: float, p95_ms: float) -> None:
    assert load_of(times, 2.0) == Load(len(times) / 2, pytest.approx(p50_ms), pytest.approx(p95_ms))


class Answers(BaseHTTPRequestHandler):
    """Answers whoever asks, in more than one piece, and notes who it was."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        Answers.asked.append(f"{self.path} {self.headers['Authorization']}")
        self.send_response(200 if self.path == "/list" else 401)
        self.send_header("Content-Length", "70000")
        self.end_headers()
        self.wfile.write(b"x" * 70000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Answers.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_load_asks_in_the_name_of_each_in_turn(port: int) -> None:
    requests = [get_request("localhost", "/list", {"Authorization": who}) for who in ("alice", "bob", "charlie")]
    load = load_for(0.2, port, requests, 2)
    assert len(Answers.asked) == pytest.approx(load.per_second * 0.2, rel=0.3)
    assert 0 < load.p50_ms <= load.p95_ms < 200
    counts = [Answers.asked.count(f"/list {who}") for who in ("alice", "bob", "charlie")]
    assert sum(counts) == len(Answers.asked) and max(counts) - min(counts) <= 1


def test_a_load_of_so_many_requests_asks_so_often(port: int) -> None:
    assert requests_per_second(port, "localhost", "/list", {"Authorization": "alice"}, 32) > 0
    assert Answers.asked == ["/list alice"] * 32


def test_an_answer_that_is_none_ends_the_load(port: int) -> None:
    with pytest.raises(RuntimeError, match="401"):
        load_for(5, port, [get_request("localhost", "/other", {})], 2)


@pytest.mark.django_db
def test_a_crowd_can_ask_for_what_is_measured(client: Client) -> None:
    crowd = crowd_make(people=3, each=5)
    assert (User.objects.count(), Workspace.objects.count()) == (4, 15)
    for token in crowd.tokens:
        mine = client.get("/api/projects/", headers={"Authorization": f"Bearer {token}"}).json()
        assert mine["count"] == 6, "five of one's own and one that is shared"
    page = client.get("/api/projects/?all=true&limit=2", headers={"Authorization": f"Bearer {crowd.staff}"}).json()
    assert (len(page["projects"]), page["count"]) == (2, 15)
    for cookie in crowd.cookies:
        assert b"project 0 of Person" in client.get("/workspaces/", headers={"Cookie": cookie}).content


@pytest.mark.django_db
def test_a_class_can_be_claimed_in(client: Client) -> None:
    classes_make(2, seats=3)
    for number in range(2):
        status = client.get(f"/api/workshop/status?workshop=class-{number}").json()
        assert status == {"available": 3, "total": 3, "claimed": 0}
    body = {"name": "P", "email": "p@example.com", "workshop": "class-1"}
    assert client.post("/api/workshop/claim", body, content_type="application/json").status_code == 200
