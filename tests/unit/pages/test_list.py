"""The list of workspaces: what it shows, in which order, and how much it asks of the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.engine.fake import FakeEngine
from workspaces.models import Favorite, Kind, Operation, Share, Workspace, WorkspaceGroup
from workspaces.states import UNSETTLED, State

Put = Callable[..., Workspace]


def names(response: object) -> list[str]:
    return Page(response).texts.get("h2", [])


def test_visitors_see_what_this_is_and_then_sign_in(browser: Browser, db: None) -> None:
    assert browser().get("/").status_code == 200
    assert browser().get("/workspaces/").headers["Location"] == "/sign-in/?next=/workspaces/"


def test_the_first_visit_says_what_to_do(browser: Browser, alice: User, engine: object) -> None:
    response = browser(alice).get("/", follow=True)
    assert "Create your first workspace" in response.content.decode()
    assert Page(response).all("div", id="first")


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_a_card(browser: Browser, alice: User, put: Put, state: str) -> None:
    workspace = put(alice, "One", state, error="It broke." if state == State.ERROR else "")
    response = browser(alice).get("/workspaces/")
    page, text = Page(response), response.content.decode()
    card = page.all("article", data_workspace=workspace.public_id)[0]
    assert State(state).label.capitalize() in text
    assert ("every 2s" in card["hx-trigger"]) == (state in UNSETTLED)
    assert bool(page.all("progress")) == (state in UNSETTLED)
    assert ("It broke." in text) == (state == State.ERROR)
    assert page.problems() == []


def test_a_stop_that_nobody_asked_for_says_why(browser: Browser, alice: User, put: Put) -> None:
    put(alice, "One", State.STOPPED, error="It needed more than its 512 MiB of memory and was ended.")
    text = browser(alice).get("/workspaces/").content.decode()
    assert "It needed more than its 512 MiB of memory and was ended." in text
    assert "If it fails once more" not in text


def test_progress_names_the_step(browser: Browser, alice: User, put: Put) -> None:
    workspace = put(alice, "One", State.STARTING)
    Operation.objects.create(
        workspace=workspace, workspace_public_id=workspace.public_id, workspace_name="One", verb="start",
        state="running", step="ready", percent=80,
    )  # fmt: skip
    response = browser(alice).get("/workspaces/")
    assert Page(response).all("progress")[0]["value"] == "80"
    assert "Waiting for the app to answer" in response.content.decode()


def test_a_kind_without_a_page_is_opened_by_its_terminal_while_it_runs(
    browser: Browser, alice: User, put: Put, terminal: Kind
) -> None:
    workspace, sleeping = put(alice, "Shell", kind=terminal), put(alice, "Other", kind=terminal, state="stopped")
    client = browser(alice)
    page = client.get("/workspaces/").content.decode()
    assert f"/workspaces/{workspace.public_id}/open" in page
    assert f"/workspaces/{sleeping.public_id}/open" not in page
    assert client.get(f"/workspaces/{workspace.public_id}/open")["Location"] == (
        f"/workspaces/{workspace.public_id}/terminal"
    )


def test_the_answer_for_a_card_is_the_card_of_the_list(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    page = client.get("/workspaces/").content.decode()
    card = client.get(f"/workspaces/{workspace.public_id}/card", headers=HTMX).content.decode().strip()

    def plain(html: str) -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", " ".join(html.split()))

    assert plain(card) in plain(page)


def test_other_peoples_workspaces_are_not_listed(browser: Browser, alice: User, root: User, put: Put) -> None:
    put(alice, "Hers")
    assert "Hers" not in browser(root).get("/workspaces/").content.decode()


def test_search_filters_and_order(browser: Browser, alice: User, put: Put, terminal: Kind) -> None:
    now = timezone.now()
    put(alice, "Beta", State.STOPPED, last_opened_at=now)
    put(alice, "alpha", State.RUNNING, last_opened_at=now - timedelta(days=2), created_at=now - timedelta(days=3))
    put(alice, "Gamma", State.STARTING, kind=terminal, created_at=now - timedelta(days=1))
    star = put(alice, "Zeta", State.ERROR, created_at=now - timedelta(days=9))
    Favorite.objects.create(user=alice, workspace=star)
    client = browser(alice)

    def listed(**query: str) -> list[str]:
        return names(client.get("/workspaces/", query))

    assert listed() == ["Zeta", "Beta", "Gamma", "alpha"]
    assert listed(sort="name") == ["alpha", "Beta", "Gamma", "Zeta"]
    assert listed(sort="name", favorites="1") == ["Zeta", "alpha", "Beta", "Gamma"]
    assert listed(sort="newest")[0] == "Beta"
    assert listed(q="ET", sort="name") == ["Beta", "Zeta"]
    assert listed(status="working") == ["Gamma"]
    assert listed(kind="terminal") == ["Gamma"]
    assert listed(q="nothing like it") == ["Nothing found"]
    assert len(listed(status="rubbish", sort="rubbish", page="rubbish")) == 4


def test_pages_keep_the_filters(browser: Browser, alice: User, put: Put) -> None:
    for number in range(26):
        put(alice, f"Lab {number:02}")
    client = browser(alice)
    first = client.get("/workspaces/", {"sort": "name", "q": "lab"})
    assert len(names(first)) == 24
    target = Page(first).all("a", rel="next")[0]["href"]
    assert names(client.get("/workspaces/" + target)) == ["Lab 24", "Lab 25"]


def test_a_full_page_of_thousands_costs_as_many_queries_as_three_rows(
    browser: Browser, alice: User, bob: User, put: Put, code_server: Kind, engine: FakeEngine
) -> None:
    client, counts = browser(alice), []
    group = WorkspaceGroup.objects.create(owner=alice, name="Lab")
    theirs = WorkspaceGroup.objects.create(owner=bob, name="Theirs")
    Share.objects.create(workspace=put(bob, "Shared", group=theirs), user=alice)

    def count(**query: str) -> int:
        client.get("/workspaces/", query)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/workspaces/", query).status_code == 200
        return len(queries)

    for wanted in (3, 60):
        for number in range(Workspace.objects.filter(owner=alice).count(), wanted):
            workspace = put(alice, f"Lab {number}", State.STARTING, group=group if number % 2 else None)
            Operation.objects.create(
                workspace=workspace,
                workspace_public_id=workspace.public_id,
                workspace_name=workspace.name,
                verb="start",
            )
        counts.append(count())
    thousands(code_server)
    engine.down = True  # whoever asked it would notice
    counts += [count(), count(group=str(group.pk), q="lab", sort="name", page="2")]
    assert counts[0] <= 11
    assert counts == counts[:1] * 4


def thousands(kind: Kind) -> None:
    """2,000 workspaces of 200 people."""
    people = User.objects.bulk_create(User(email=f"p{n}@example.org", username=f"p{n}") for n in range(200))
    Workspace.objects.bulk_create(
        Workspace(owner=owner, name=f"Lab {n}", kind=kind, memory_mb=512, cpus=1, state=State.RUNNING)
        for owner in people
        for n in range(10)
    )


def test_one_person_with_two_thousand_pages_searches_and_sorts_in_the_database(
    browser: Browser, alice: User, code_server: Kind, engine: object
) -> None:
    size = {"kind": code_server, "memory_mb": 512, "cpus": 1, "state": State.STOPPED}
    Workspace.objects.bulk_create(Workspace(owner=alice, name=f"Seat {n:04}", **size) for n in range(2000))
    client = browser(alice)
    with CaptureQueriesContext(connection) as queries:
        last = client.get("/workspaces/", {"sort": "name", "page": "84"})
    rows = [query["sql"] for query in queries if '"workspaces_workspace"."public_id"' in query["sql"]]
    assert [sql[-20:] for sql in rows] == [" LIMIT 8 OFFSET 1992"], "only the rows of the page are read"
    assert names(last) == [f"Seat {n:04}" for n in range(1992, 2000)]
    assert names(client.get("/workspaces/", {"q": "0042"})) == ["Seat 0042"]


def test_the_banner_says_when_the_engine_is_away(
    browser: Browser, alice: User, monkeypatch: pytest.MonkeyPatch, engine: object
) -> None:
    client = browser(alice)
    assert not Page(client.get("/workspaces/")).all("div", class_="banner")
    monkeypatch.setattr("workspaces.selectors.engine_info", lambda: None)
    assert "does not answer" in client.get("/workspaces/").content.decode()


def test_the_banner_tells_staff_exactly_what_to_do_and_nobody_else(
    browser: Browser, alice: User, root: User, monkeypatch: pytest.MonkeyPatch, engine: object
) -> None:
    monkeypatch.setattr("workspaces.selectors.engine_info", lambda: None)
    monkeypatch.setattr("spaces_site.pages.engine_advice", lambda _host: "sudo do-this --now")
    assert "sudo do-this --now" in browser(root).get("/workspaces/").content.decode()
    assert "sudo do-this" not in browser(alice).get("/workspaces/").content.decode()
