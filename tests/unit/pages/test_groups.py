"""Groups beside the list of workspaces, and everything that moves workspaces into them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.models import Share, Workspace, WorkspaceGroup

Put = Callable[..., Workspace]


@pytest.fixture
def lab(alice: User) -> WorkspaceGroup:
    return WorkspaceGroup.objects.create(owner=alice, name="Lab")


def side(client: Client, query: str = "") -> dict[str, str]:
    """What stands beside the list, and how many are in each."""
    html = client.get(f"/workspaces/{query}").content.decode()
    nav = html[html.index('<nav id="groups"') :].partition("</nav>")[0]
    return dict(re.findall(r'group-name">([^<]+)</span><span class="group-count">(\d+)', nav))


def listed(client: Client, **query: str) -> list[str]:
    html = client.get("/workspaces/", query).content.decode()
    return re.findall(r'<h2 id="name-\w+"><a [^>]*>([^<]+)</a>', html)


def test_groups_stand_beside_the_list_with_how_many_are_in_them(
    browser: Browser, alice: User, bob: User, put: Put, lab: WorkspaceGroup
) -> None:
    WorkspaceGroup.objects.create(owner=alice, name="Empty")
    WorkspaceGroup.objects.create(owner=bob, name="Of somebody else")
    put(alice, "One", group=lab)
    put(alice, "Two")
    shared = put(bob, "Three", group=WorkspaceGroup.objects.get(owner=bob))
    Share.objects.create(workspace=shared, user=alice)
    assert side(browser(alice)) == {"All": "3", "Empty": "0", "Lab": "1", "Uncategorized": "1", "Shared with me": "1"}


def test_who_has_nothing_to_sort_sees_no_groups(browser: Browser, alice: User, put: Put) -> None:
    client = browser(alice)
    assert "hidden" in Page(client.get("/workspaces/")).all("nav", id="groups")[0]
    put(alice, "One")
    assert side(client) == {"All": "1"}


def test_a_group_filters_together_with_everything_else(
    browser: Browser, alice: User, bob: User, put: Put, lab: WorkspaceGroup
) -> None:
    put(alice, "Beta", group=lab)
    put(alice, "Alpha", "stopped", group=lab)
    put(alice, "Gamma")
    theirs = put(bob, "Delta")
    Share.objects.create(workspace=theirs, user=alice)
    client, number = browser(alice), str(lab.pk)
    assert listed(client, group=number, sort="name") == ["Alpha", "Beta"]
    assert listed(client, group=number, status="running") == ["Beta"]
    assert listed(client, group=number, q="alp") == ["Alpha"]
    assert listed(client, group="none") == ["Gamma"]
    assert listed(client, group="shared") == ["Delta"]
    assert listed(client, group="") == listed(client)
    page = Page(client.get("/workspaces/", {"group": number, "q": "a", "page": "2"}))
    assert page.all("a", href=f"?group={number}&q=a") and page.all("a", href="?q=a"), "a group keeps the search"
    assert page.value("group") == number


@pytest.mark.parametrize("rubbish", ["999999", "rubbish", "-1", "1" * 400, "١"])
def test_a_group_that_is_not_there_has_nothing_in_it(
    rubbish: str, browser: Browser, alice: User, bob: User, put: Put
) -> None:
    put(alice, "One")
    response = browser(alice).get("/workspaces/", {"group": rubbish})
    assert response.status_code == 200
    assert not Page(response).all("article")


def test_anothers_group_shows_nothing(browser: Browser, alice: User, bob: User, put: Put) -> None:
    theirs = WorkspaceGroup.objects.create(owner=bob, name="Secret plans")
    Share.objects.create(workspace=put(bob, "Shared", group=theirs), user=alice)
    response = browser(alice).get("/workspaces/", {"group": str(theirs.pk)})
    assert "Secret plans" not in response.content.decode() and not Page(response).all("article")
    assert "Secret plans" not in browser(alice).get("/workspaces/").content.decode(), "nor on the card"


def test_an_empty_group_says_how_to_fill_it(browser: Browser, alice: User, put: Put, lab: WorkspaceGroup) -> None:
    put(alice, "One")
    response = browser(alice).get("/workspaces/", {"group": str(lab.pk)})
    assert "“Lab” is empty" in response.content.decode()
    assert Page(response).problems() == []


def test_a_group_is_added_renamed_and_deleted(browser: Browser, alice: User, put: Put) -> None:
    client = browser(alice)
    assert Page(client.get("/workspaces/groups/new")).problems() == []
    response = client.post("/workspaces/groups/new", {"group": "Lab"})
    group = WorkspaceGroup.objects.get()
    assert response.headers["Location"] == f"/workspaces/?group={group.pk}"
    workspace = put(alice, "One", group=group)
    path = f"/workspaces/groups/{group.pk}/"
    assert Page(client.get(path + "rename")).value("group") == "Lab"
    client.post(path + "rename", {"group": "Robots"})
    assert side(client)["Robots"] == "1"
    page = client.get(path + "delete")
    assert "The 1 workspace in it stays" in page.content.decode() and Page(page).problems() == []
    assert WorkspaceGroup.objects.exists(), "looking deletes nothing"
    client.post(path + "delete")
    workspace.refresh_from_db()
    assert workspace.group is None and not WorkspaceGroup.objects.exists()
    assert client.post(path + "delete").status_code == 404


@pytest.mark.parametrize("name", ["", "Uncategorized", "a/b", "x" * 51])
def test_a_refused_name_stays_in_the_form_with_the_reason(
    name: str, browser: Browser, alice: User, lab: WorkspaceGroup
) -> None:
    for path in ("new", f"{lab.pk}/rename"):
        response = browser(alice).post(f"/workspaces/groups/{path}", {"group": name})
        page = Page(response)
        assert response.status_code == 400
        assert page.all("input", name="group", aria_invalid="true") and page.problems() == []


def test_a_taken_name_is_refused(browser: Browser, alice: User, lab: WorkspaceGroup) -> None:
    other = WorkspaceGroup.objects.create(owner=alice, name="Other")
    response = browser(alice).post(f"/workspaces/groups/{other.pk}/rename", {"group": "LAB"})
    assert response.status_code == 409
    assert "You have a group of that name already." in response.content.decode()


def test_a_workspace_moves_by_the_form_of_its_menu_and_back(
    browser: Browser, alice: User, put: Put, lab: WorkspaceGroup
) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    form = Page(client.get(f"/workspaces/{workspace.public_id}/move?next=/workspaces/%3Fq%3Do"))
    assert form.problems() == [] and form.value("id") == workspace.public_id
    assert "checked" in form.all("input", name="to", value="none")[0]
    sent = {"id": workspace.public_id, "to": str(lab.pk), "next": form.all("input", name="next")[-1]["value"]}
    response = client.post("/workspaces/groups/move", sent)
    assert response.headers["Location"] == "/workspaces/?q=o"
    page = Page(client.get("/workspaces/"))
    assert "“One” is in “Lab” now." in page.texts["p"]
    assert "“One” is in “Lab” now." not in Page(client.get("/workspaces/")).texts["p"], "said once"
    client.post("/workspaces/groups/undo", {"before": page.value("before")})
    workspace.refresh_from_db()
    assert workspace.group is None
    again = Page(client.get("/workspaces/"))
    assert "“One” is back where it was." in again.texts["p"] and not again.all("button", id="undo")


def test_a_new_group_is_made_on_the_way(browser: Browser, alice: User, put: Put, lab: WorkspaceGroup) -> None:
    workspace, client = put(alice, "One", group=lab), browser(alice)
    client.post("/workspaces/groups/move", {"id": workspace.public_id, "to": str(lab.pk), "group": "Fresh"})
    workspace.refresh_from_db()
    assert workspace.group is not None and workspace.group.name == "Fresh"
    response = client.post("/workspaces/groups/move", {"id": workspace.public_id, "group": "a/b"})
    assert response.status_code == 400 and Page(response).all("input", name="group", value="a/b", aria_invalid="true")
    for public_id in (workspace.public_id, "\0", "", [f"a{number:011}" for number in range(400)]):
        assert client.post("/workspaces/groups/move", {"id": public_id}).status_code == 400
    assert client.get("/workspaces/groups/move").headers["Location"] == "/workspaces/"


def test_dragging_answers_the_message_alone_and_has_the_list_fetched(
    browser: Browser, alice: User, put: Put, lab: WorkspaceGroup
) -> None:
    one, two, client = put(alice, "One"), put(alice, "Two"), browser(alice)
    sent = {"id": [one.public_id, two.public_id], "to": str(lab.pk)}
    response = client.post("/workspaces/groups/move", sent, headers=HTMX)
    assert response.headers["HX-Trigger"] == "workspaces-moved"
    assert "2 workspaces are in “Lab” now." in response.content.decode()
    assert "<html" not in response.content.decode()
    befores = [found["value"] for found in Page(response).all("input", name="before")]
    assert sorted(befores) == sorted(f"{one.public_id}:none {two.public_id}:none".split())
    assert "it is there already" in client.post("/workspaces/groups/move", sent, headers=HTMX).content.decode()
    gone = client.post("/workspaces/groups/move", {"id": one.public_id, "to": "999999"}, headers=HTMX)
    assert gone.status_code == 404 and gone.headers["HX-Retarget"] == "#messages"
    assert client.post("/workspaces/groups/move", {"id": one.public_id, "to": "x"}, headers=HTMX).status_code == 400


def test_only_the_owner_sorts(browser: Browser, alice: User, bob: User, charlie: User, put: Put) -> None:
    workspace = put(alice, "One")
    Share.objects.create(workspace=workspace, user=bob)
    mine = WorkspaceGroup.objects.create(owner=bob, name="Mine")
    page = Page(browser(bob).get("/workspaces/"))
    assert not page.all("a", href=f"/workspaces/{workspace.public_id}/move?next=/workspaces/")
    assert "data-movable" not in page.all("article")[0]
    assert browser(bob).get(f"/workspaces/{workspace.public_id}/move").status_code == 403
    assert browser(charlie).get(f"/workspaces/{workspace.public_id}/move").status_code == 404
    answers = []
    for public_id in (workspace.public_id, "zzzzzzzzzzzz"):
        response = browser(bob).post("/workspaces/groups/move", {"id": public_id, "to": str(mine.pk)}, headers=HTMX)
        answers.append(re.sub(r'value="\w{64}"', "", response.content.decode()))
    assert answers[0] == answers[1], "another's and none are the same"
    browser(bob).post("/workspaces/groups/undo", {"before": f"{workspace.public_id}:{mine.pk}"})
    workspace.refresh_from_db()
    assert workspace.group is None


def test_a_strangers_group_and_a_visitor(browser: Browser, alice: User, charlie: User, lab: WorkspaceGroup) -> None:
    for path in (f"{lab.pk}/rename", f"{lab.pk}/delete", "999/rename", "999/delete", f"{'9' * 30}/delete"):
        assert browser(charlie).get(f"/workspaces/groups/{path}").status_code == 404
        assert browser(charlie).post(f"/workspaces/groups/{path}", {"group": "Mine"}).status_code == 404
    for path in ("new", "move", "undo", f"{lab.pk}/rename", f"{lab.pk}/delete"):
        answer = browser().post(f"/workspaces/groups/{path}", {"group": "Mine", "to": "none"})
        assert answer.headers["Location"].startswith("/sign-in/"), path
    lab.refresh_from_db()
    assert lab.name == "Lab"


@pytest.mark.parametrize("before", ["", ":", "x:none", "\0:1", "a:999999999999999999999", "aaaaaaaaaaaa:-1", "a" * 900])
def test_rubbish_brings_nothing_back(before: str, browser: Browser, alice: User, lab: WorkspaceGroup) -> None:
    assert browser(alice).post("/workspaces/groups/undo", {"before": before}).status_code == 302
    assert browser(alice).post("/workspaces/groups/undo", {"before": [before] * 400}).status_code in (302, 400)


def test_the_forms_need_their_token(browser: Browser, alice: User, put: Put, lab: WorkspaceGroup) -> None:
    client, workspace = browser(alice, enforce_csrf_checks=True), put(alice, "One")
    for path in ("groups/new", "groups/move", "groups/undo", f"groups/{lab.pk}/delete", "bulk"):
        sent = {"group": "X", "id": workspace.public_id, "to": str(lab.pk), "do": "stop"}
        assert client.post(f"/workspaces/{path}", sent).status_code == 403, path
