"""The page of the machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.engine.fake import FakeEngine
from workspaces.machine import Capabilities, machine_forget
from workspaces.models import Workspace
from workspaces.nodes import NodeSpace, listing
from workspaces.nodes.asking import Answer
from workspaces.nodes.finding import Address
from workspaces.nodes.listing import nodes_forget

EVIL = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def anew(engine: FakeEngine) -> Iterator[None]:
    nodes_forget()
    machine_forget()
    yield
    nodes_forget()
    machine_forget()


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two other machines: one that is locked, one whose every word is hostile."""
    answers = {
        "/api/system/capabilities": [Answer(401, b"", 0.012), Answer(200, b"{}", 0.034)],
        "/api/spaces?all=true": [Answer(401), Answer(200)],
    }
    addresses = [Address("locked", "http://locked:1"), Address(EVIL, "http://evil:1")]
    monkeypatch.setattr(listing, "addresses", lambda: addresses)
    monkeypatch.setattr(listing, "ask_all", lambda _addresses, path: answers[path])
    monkeypatch.setattr(listing, "capabilities_read", lambda _value: Capabilities(True, EVIL, 2**34, EVIL, "x", 8))
    monkeypatch.setattr(listing, "spaces_read", lambda node, _value: [NodeSpace(node, EVIL, "i", EVIL, image=EVIL)])


def test_the_page_is_there_before_the_machines_answer(browser: Browser, alice: User) -> None:
    page = Page(browser(alice).get("/machines/"))
    assert page.problems() == []
    assert "load" in page.all("div", id="machines")[0]["hx-trigger"]


def test_somebody_sees_the_machines_and_no_figures(browser: Browser, alice: User, others: None) -> None:
    response = browser(alice).get("/machines/?all=1")
    page, text = Page(response), response.content.decode()
    assert page.problems() == []
    assert len(page.all("li", class_="card")) == 3
    assert "Wants another key" in text and "answers in 34 ms" in text
    assert "This machine now" not in text and "Workspaces on all machines" not in text
    assert "<script>alert" not in text


def test_staff_sees_figures_and_the_workspaces_of_all_machines(
    browser: Browser, alice: User, root: User, others: None, put: Callable[..., Workspace]
) -> None:
    workspace = put(alice, "Mine & yours")
    response = browser(root).get("/machines/?all=1")
    page, text = Page(response), response.content.decode()
    assert page.problems() == []
    assert "This machine now" in page.texts["h2"]
    assert f'href="/workspaces/{workspace.public_id}/">Mine &amp; yours</a>' in text
    assert EVIL in page.texts["th"], "as words"
    assert "<script>alert" not in text


def test_a_machine_alone_says_how_to_name_others(browser: Browser, alice: User, root: User) -> None:
    assert "SPACES_NODES" in browser(root).get("/machines/?all=1").content.decode()
    text = browser(alice).get("/machines/?all=1").content.decode()
    assert "There are no other machines." in text and "SPACES_NODES" not in text


def test_an_engine_that_is_away_leaves_the_page_standing(engine: FakeEngine, browser: Browser, root: User) -> None:
    engine.down = True
    response = browser(root).get("/machines/?all=1")
    assert response.status_code == 200
    assert Page(response).problems() == []


def test_a_visitor_is_asked_to_sign_in(browser: Browser, db: None) -> None:
    assert browser().get("/machines/").status_code in (302, 401)
