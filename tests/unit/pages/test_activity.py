"""The page that shows what a workspace uses, and the figures for its charts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.engine.base import ContainerState
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecResult
from workspaces.files import DiskUsage
from workspaces.models import Share, Workspace
from workspaces.stats import observing

Put = Callable[..., Workspace]


@pytest.fixture(autouse=True)
def disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = DiskUsage(total=100 * 1024**3, used=25 * 1024**3, available=75 * 1024**3, size=3 * 1024**2, complete=True)
    monkeypatch.setattr(observing, "disk_usage", lambda _workspace: usage)


def running(engine: FakeEngine, workspace: Workspace) -> Workspace:
    name = workspace.engine_name
    engine.states[name] = ContainerState(name, f"fake-{name}", "running", address="10.213.0.2")
    return workspace


def path(workspace: Workspace, rest: str = "activity") -> str:
    return f"/workspaces/{workspace.public_id}/{rest}"


def test_a_running_one_has_four_charts_with_their_values_in_words(
    engine: FakeEngine, browser: Browser, alice: User, put: Put
) -> None:
    page = Page(browser(alice).get(path(running(engine, put(alice, "One")))))
    assert page.problems() == []
    assert [tag["data-chart"] for tag in page.all("section") if "data-chart" in tag] == [
        "cpu", "memory", "disk", "network",
    ]  # fmt: skip
    values = {tag["data-value"] for name, tag in page.tags if "data-value" in tag}
    assert values == {"cpu", "memory", "pids", "block_read", "block_write", "network_rx", "network_tx"}
    assert all(tag.get("aria-hidden") == "true" for tag in page.all("svg")), "what is drawn is said in words"
    assert engine.execs == [], "what takes longer comes after the page"


def test_programs_and_disk_come_after_the_page(engine: FakeEngine, browser: Browser, alice: User, put: Put) -> None:
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"PID\n 7 98.5 2.0 00:05 <b>bold</b> --x\n", b"", 0)
    response = browser(alice).get(path(running(engine, put(alice, "One")), "activity?all=1"))
    page = Page(response)
    assert page.problems() == []
    assert page.texts["code"] == ["<b>bold</b> --x"]
    assert "3.0\xa0MB" in response.content.decode()
    assert page.all("progress")[0]["value"] == "25.0"


@pytest.mark.parametrize("state", ["stopped", "error"])
def test_one_that_does_not_run_says_what_to_do(browser: Browser, alice: User, put: Put, state: str) -> None:
    page = Page(browser(alice).get(path(put(alice, "One", state))))
    assert page.problems() == []
    assert "Nothing to measure" in page.texts["h2"]
    assert [form["action"] for form in page.all("form") if form["action"].endswith("/start")]
    assert not [tag for _name, tag in page.tags if "data-chart" in tag]


def test_one_that_is_about_to_run_offers_nothing_yet(browser: Browser, alice: User, put: Put) -> None:
    page = Page(browser(alice).get(path(put(alice, "One", "starting"))))
    assert "Nothing to measure" in page.texts["h2"]
    assert not [form for form in page.all("form") if form["action"].endswith("/start")]


def test_the_figures_are_of_now_and_in_parts_of_what_it_has(
    engine: FakeEngine, browser: Browser, alice: User, put: Put
) -> None:
    workspace = running(engine, put(alice, "One"))
    answer = browser(alice).get(path(workspace, "usage.json")).json()
    assert (answer["state"], answer["measured"], answer["cpu_share"]) == ("running", True, 0.0)
    assert answer["stats"]["memory_usage_bytes"] == 100 * 1024**2
    assert answer["at"] > 1_700_000_000_000


def test_a_stopped_one_has_no_figures(browser: Browser, alice: User, put: Put) -> None:
    answer = browser(alice).get(path(put(alice, "One", "stopped"), "usage.json")).json()
    assert (answer["measured"], answer["stats"]["memory_usage_bytes"]) == (False, 0)


def test_an_engine_that_is_away_leaves_the_page_standing(
    engine: FakeEngine, browser: Browser, alice: User, put: Put
) -> None:
    workspace = running(engine, put(alice, "One"))
    engine.down = True
    client = browser(alice)
    assert client.get(path(workspace, "activity?all=1")).status_code == 200
    assert client.get(path(workspace, "usage.json")).status_code == 503


@pytest.mark.parametrize("rest", ["activity", "activity?all=1", "usage.json"])
def test_who_shares_it_and_staff_may_look_and_others_find_nothing(
    engine: FakeEngine, browser: Browser, alice: User, bob: User, charlie: User, root: User, put: Put, rest: str
) -> None:
    workspace = running(engine, put(alice, "One"))
    Share.objects.create(workspace=workspace, user=bob)
    statuses = [browser(user).get(path(workspace, rest)).status_code for user in (alice, bob, root, charlie)]
    assert statuses == [200, 200, 200, 404]
    assert browser().get(path(workspace, rest)).status_code in (302, 401)


def test_the_overview_has_a_tile_for_each(engine: FakeEngine, browser: Browser, alice: User, put: Put) -> None:
    page = Page(browser(alice).get(path(running(engine, put(alice, "One")), "")))
    assert page.problems() == []
    assert [tag["data-chart"] for tag in page.all("li") if "data-chart" in tag] == ["cpu", "memory", "disk", "network"]
    assert engine.execs == []
