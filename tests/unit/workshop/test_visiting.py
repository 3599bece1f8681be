"""A rehearsal's visits, as far as they depend on what the gateway and the apps behind it answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace
from workshop.rehearsing import visiting
from workshop.rehearsing.visiting import Visited, visit_all
from workspaces.models import Kind

pytestmark = pytest.mark.django_db(transaction=True)
Answers = Callable[[str, str], tuple[int, dict[str, str], bytes]]


class Site:
    """In the place of the gateway: `answer(path, query)` says status, headers and body."""

    def __init__(self, answer: Answers) -> None:
        self.answer, self.asked, self.upstream = answer, list[str](), self

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        path, query = scope["path"], scope["query_string"].decode()
        self.asked.append(f"{path}?{query}".split("ticket=")[0].rstrip("?"))
        if path == "/_spaces/enter":
            status, headers, body = 303, {"location": "/"}, b""
        else:
            status, headers, body = self.answer(path, query)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body[:3], "more_body": True})
        await send({"type": "http.response.body", "body": body[3:]})

    async def close(self) -> None:
        pass


@pytest.fixture
def visit(
    monkeypatch: pytest.MonkeyPatch, make_workspace: MakeWorkspace, alice: User
) -> Callable[[Kind, Answers], tuple[Visited, list[str]]]:
    monkeypatch.setattr(visiting, "APPEARS_SECONDS", 0.01)
    monkeypatch.setattr(visiting, "LONGEST_SECONDS", 0.3)
    monkeypatch.setattr(visiting, "LONGEST_ON_DESKTOPS", 0.3)

    def go(kind: Kind, answer: Answers) -> tuple[Visited, list[str]]:
        site = Site(answer)
        monkeypatch.setattr(visiting, "Gateway", lambda _otherwise: site)
        workspace = make_workspace(alice, kind=kind.slug)
        return visit_all(Actor(alice, "browser"), [workspace])[workspace.public_id], site.asked

    return go


def test_a_desktop_is_visited_until_its_application_is_there(visit: Any, kicad: Kind) -> None:
    said = iter([b'{"app": "starting"}', b'{"app": "starting"}', b'{"app": "there"}'])
    seen, asked = visit(kicad, lambda path, _query: (200, {}, next(said) if path == "/desktop.json" else b"ours"))
    assert seen.ms is not None and not seen.problem
    assert asked == ["/_spaces/enter", "/", *["/desktop.json"] * 3]


def test_an_application_that_does_not_appear_is_a_problem_of_its_own(visit: Any, kicad: Kind) -> None:
    seen, _asked = visit(kicad, lambda *_: (200, {}, json.dumps({"app": "starting"}).encode()))
    assert seen == Visited(None, "APP_MISSING: 0.3 s")


def test_a_desktop_that_does_not_answer_at_all_is_silent(visit: Any, kicad: Kind) -> None:
    seen, _asked = visit(kicad, lambda *_: (503, {}, b""))
    assert seen == Visited(None, "SILENT: 0.3 s")


def test_behind_our_bar_it_is_the_app_s_own_page_that_counts(visit: Any, kicad: Kind) -> None:
    Kind.objects.filter(pk=kicad.pk).update(frame="page", path="/vnc.html?x=1")
    seen, asked = visit(kicad, lambda *_: (200, {}, b""))
    assert seen.ms is not None and asked[1:] == ["/", "/vnc.html?app&x=1"]
    refused, _asked = visit(kicad, lambda path, _query: (500 if path == "/vnc.html" else 200, {}, b""))
    assert refused == Visited(None, "ANSWERED: 500")


def test_one_that_leads_to_another_address_is_a_problem(visit: Any, code_server: Kind) -> None:
    seen, _asked = visit(code_server, lambda *_: (302, {"location": "http://elsewhere.example/"}, b""))
    assert seen == Visited(None, "SENT_AWAY: elsewhere.example")


def test_an_app_without_anything_around_it_is_visited_once(visit: Any, code_server: Kind) -> None:
    seen, asked = visit(code_server, lambda *_: (200, {}, b""))
    assert seen.ms is not None and asked == ["/_spaces/enter", "/"]
