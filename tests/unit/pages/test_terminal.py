"""The page of a workspace's terminals, and the panel on the page of the workspace."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.models import Share, Workspace
from workspaces.states import UNSETTLED, State

Put = Callable[..., Workspace]


def test_the_page_has_the_terminal_that_its_address_names(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    page = Page(answer := client.get(f"/workspaces/{workspace.public_id}/terminal?name=b%C3%BCild"))
    assert page.problems() == []
    [terminal] = page.all("section", data_name="büild")
    assert terminal["data-socket"] == f"/ws/workspaces/{workspace.public_id}/terminal"
    assert answer.context["name"] == "büild"
    workspace.refresh_from_db()
    assert workspace.last_opened_at


@pytest.mark.parametrize("name", ["", "%20", "x" * 41, "a%00b", "%0A"])
def test_a_name_that_can_be_none_is_the_first(browser: Browser, alice: User, put: Put, name: str) -> None:
    workspace = put(alice, "One")
    answer = browser(alice).get(f"/workspaces/{workspace.public_id}/terminal?name={name}")
    assert answer.context["name"] == "1"


@pytest.mark.parametrize("state", sorted(set(State) - {State.RUNNING}))
def test_of_one_that_does_not_run_it_says_so_and_what_to_do(
    browser: Browser, alice: User, put: Put, state: State
) -> None:
    workspace = put(alice, "One", state=state)
    page = Page(answer := browser(alice).get(f"/workspaces/{workspace.public_id}/terminal"))
    assert page.problems() == []
    assert "data-socket" not in answer.content.decode()
    verb = "resume" if state == State.PAUSED else "start"
    offered = page.all("form", action=f"/workspaces/{workspace.public_id}/{verb}")
    assert bool(offered) is (state not in UNSETTLED)
    workspace.refresh_from_db()
    assert workspace.last_opened_at is None


def test_only_who_may_use_the_workspace_sees_the_page(
    browser: Browser, alice: User, bob: User, charlie: User, put: Put
) -> None:
    workspace = put(alice, "One")
    Share.objects.create(workspace=workspace, user=bob)
    path = f"/workspaces/{workspace.public_id}/terminal"
    assert browser(bob).get(path).status_code == 200
    assert browser(charlie).get(path).status_code == 404


@pytest.mark.parametrize("path", ["", "terminal"])
def test_styles_are_let_in_by_a_nonce_that_nobody_can_guess_and_scripts_are_not(
    browser: Browser, alice: User, put: Put, path: str
) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    nonces = set()
    for _ in range(2):
        answer = client.get(f"/workspaces/{workspace.public_id}/{path}")
        policy = answer["Content-Security-Policy"]
        [nonce] = re.findall(r"style-src 'self' 'nonce-([^']+)'", policy)
        assert "script-src" not in policy and "unsafe" not in policy and "default-src 'self'" in policy
        assert f'nonce="{nonce}" data-terminal-nonce' in answer.content.decode()
        nonces.add(nonce)
    assert len(nonces) == 2


def test_the_page_of_the_workspace_has_a_panel_that_opens_nothing_by_itself(
    browser: Browser, alice: User, put: Put
) -> None:
    workspace = put(alice, "One")
    html = browser(alice).get(f"/workspaces/{workspace.public_id}/").content.decode()
    panel = html[html.index('id="terminal-panel"') :]
    assert panel.index("<template>") < panel.index("data-socket")
    assert f'href="/workspaces/{workspace.public_id}/terminal"' in panel
