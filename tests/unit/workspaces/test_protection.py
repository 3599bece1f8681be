"""The password of a workspace: who is asked for it, where, how often it may be tried, and that its owner never is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from spaces_site.errors import Forbidden, TooMany
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import services
from workspaces.gateway import tries
from workspaces.models import Operation, Share, Workspace
from workspaces.passwords import password_matches
from workspaces.services.protection import WorkspacePasswordWrong

SECRET = "correct horse"
HTMX = {"HX-Request": "true"}
VERBS: dict[str, Callable[..., object]] = {
    "start": services.workspace_start,
    "stop": services.workspace_stop,
    "restart": services.workspace_restart,
    "pause": services.workspace_pause,
    "resume": services.workspace_resume,
}


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User, bob: User) -> Workspace:
    """Alice's with a password; Bob may edit it."""
    made = make_workspace(alice, name="Safe", password=SECRET)
    Share.objects.create(workspace=made, user=bob)
    return made


@pytest.fixture
def at(workspace: Workspace) -> str:
    return f"/workspaces/{workspace.public_id}/"


def asked_for(workspace: Workspace) -> list[str]:
    """Verbs that were begun, but for making it."""
    return list(Operation.objects.filter(workspace=workspace).exclude(verb="create").values_list("verb", flat=True))


@pytest.mark.parametrize("verb", VERBS)
def test_an_editor_and_staff_are_asked_and_the_owner_never_is(
    verb: str, workspace: Workspace, alice: User, bob: User, root: User, actor_of: ActorOf
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(state="paused" if verb == "resume" else workspace.state)
    for person in (bob, root):
        for given in ("", "wrong horse"):
            with pytest.raises(WorkspacePasswordWrong) as refused:
                VERBS[verb](actor_of(person), workspace, password=given)
            assert refused.value.code == "WORKSPACE_PASSWORD"
        assert person != bob or asked_for(workspace) == []
        VERBS[verb](actor_of(person), workspace, password=SECRET)
    VERBS[verb](actor_of(alice), workspace)


def test_deleting_and_changing_it_ask_staff(
    workspace: Workspace, alice: User, root: User, actor_of: ActorOf
) -> None:
    for given in ("", "wrong horse"):
        with pytest.raises(WorkspacePasswordWrong):
            services.workspace_password_set(actor_of(root), workspace, "", current=given)
        with pytest.raises(WorkspacePasswordWrong):
            services.workspace_delete(actor_of(root), workspace, password=given)
    services.workspace_password_set(actor_of(root), workspace, "another horse", current=SECRET)
    services.workspace_password_set(actor_of(alice), workspace, "")
    workspace.refresh_from_db()
    assert not workspace.has_password
    services.workspace_delete(actor_of(root), workspace)


def test_what_it_protects_is_open_again_at_once_when_it_is_removed(
    workspace: Workspace, alice: User, bob: User, actor_of: ActorOf
) -> None:
    with pytest.raises(WorkspacePasswordWrong):
        services.workspace_stop(actor_of(bob), workspace)
    services.workspace_password_set(actor_of(alice), workspace, "")
    assert services.workspace_stop(actor_of(bob), workspace)


def test_a_viewer_is_refused_before_anything_is_asked(workspace: Workspace, bob: User, actor_of: ActorOf) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    with pytest.raises(Forbidden) as refused:
        services.workspace_stop(actor_of(bob), workspace, password=SECRET)
    assert refused.value.code == "VIEWER_ONLY"


def test_wrong_ones_are_few_and_written_down_and_right_ones_are_not_counted(
    workspace: Workspace, bob: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "PER_CLIENT", 3)
    for _ in range(5):
        services.workspace_restart(actor_of(bob), workspace, password=SECRET)
    for _ in range(5):
        with pytest.raises(WorkspacePasswordWrong):
            services.workspace_stop(actor_of(bob), workspace)  # none at all is a question, and no guess
    for _ in range(3):
        with pytest.raises(WorkspacePasswordWrong):
            services.workspace_stop(actor_of(bob), workspace, password="wrong horse")
    with pytest.raises(TooMany) as refused:
        services.workspace_stop(actor_of(bob), workspace, password=SECRET)
    assert refused.value.retry_after
    events = AuditEvent.objects.filter(action="workspace.password_refused")
    assert [(event.actor, event.workspace) for event in events] == [(bob, workspace.public_id)] * 3
    assert "horse" not in str([event.meta for event in AuditEvent.objects.all()])


# -- on the pages


def on_to(page: Page) -> str:
    """Where its own form, which comes after those in the head of every page, leads."""
    return page.all("input", name="next")[-1]["value"]


def test_a_button_leads_to_a_page_that_asks_and_the_password_does_it(workspace: Workspace, at: str, bob: User) -> None:
    browser = as_(bob)
    asked = browser.post(f"{at}stop", {"next": at})
    assert asked.headers["Location"] == f"{at}stop?next={at}"
    page = Page(browser.get(asked.headers["Location"]))
    assert (page.problems(), on_to(page)) == ([], at)
    assert page.all("input", name="password", type="password")
    wrong = browser.post(f"{at}stop", {"next": at, "password": "wrong horse"})
    assert wrong.status_code == 403
    assert "That is not the password of this workspace." in wrong.content.decode()
    assert Page(wrong).problems() == []
    assert Page(wrong).all("input", name="password", aria_invalid="true")
    assert "wrong horse" not in wrong.content.decode()
    assert asked_for(workspace) == []
    right = browser.post(f"{at}stop", {"next": at, "password": SECRET})
    assert right.headers["Location"] == at
    assert asked_for(workspace) == ["stop"]


def test_a_button_of_a_card_leads_the_whole_page_there(at: str, bob: User) -> None:
    answer = as_(bob).post(f"{at}stop", {"next": "/workspaces/"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"{at}stop?next=/workspaces/")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(elsewhere: str, at: str, bob: User) -> None:
    browser = as_(bob)
    assert browser.post(f"{at}stop", {"next": elsewhere}).headers["Location"] == f"{at}stop"
    assert on_to(Page(browser.get(f"{at}stop", {"next": elsewhere}))) == ""
    right = browser.post(f"{at}stop", {"next": elsewhere, "password": SECRET})
    assert right.headers["Location"] == "/workspaces/"


def test_looking_at_the_address_does_nothing(workspace: Workspace, at: str, alice: User, bob: User) -> None:
    assert as_(alice).get(f"{at}stop").headers["Location"] == at
    assert as_(bob).get(f"{at}stop").status_code == 200
    assert as_(bob).get(f"{at}stop", {"password": SECRET}).status_code == 200
    assert asked_for(workspace) == []


def test_who_guesses_too_often_is_told_to_wait(at: str, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "PER_CLIENT", 1)
    browser = as_(bob)
    assert browser.post(f"{at}stop", {"password": "wrong horse"}).status_code == 403
    limited = browser.post(f"{at}stop", {"password": SECRET})
    assert (limited.status_code, Page(limited).texts["h1"]) == (429, ["A little too fast"])
    assert int(limited.headers["Retry-After"]) > 0


def test_staff_give_it_to_delete(workspace: Workspace, at: str, root: User) -> None:
    browser = as_(root)
    page = Page(browser.get(f"{at}delete"))
    assert (page.problems(), len(page.all("input", name="password"))) == ([], 1)
    for given in ("", "wrong horse"):
        refused = browser.post(f"{at}delete", {"password": given, "keep_files": "1"})
        assert refused.status_code == 403
        assert Page(refused).all("input", name="password", aria_invalid="true")
        assert "checked" in Page(refused).all("input", name="keep_files")[0]
    assert browser.post(f"{at}delete", {"password": SECRET}).headers["Location"] == "/workspaces/"
    workspace.refresh_from_db()
    assert workspace.state == "deleting"


def test_the_owner_is_not_asked_to_delete(at: str, alice: User) -> None:
    assert not Page(as_(alice).get(f"{at}delete")).all("input", name="password")
    assert as_(alice).post(f"{at}delete").headers["Location"] == "/workspaces/"


def changed(browser: Client, at: str, **typed: str) -> tuple[int, bool]:
    """Status of the form for the password, and whether something is wrong with the present one."""
    response = browser.post(f"{at}password", typed)
    assert response.status_code == 302 or Page(response).problems() == []
    return response.status_code, bool(Page(response).all("input", name="current", aria_invalid="true"))


def test_staff_give_the_present_one_to_change_it_and_are_not_shown_it(
    workspace: Workspace, at: str, root: User
) -> None:
    browser = as_(root)
    assert browser.post(f"{at}password", {"do": "show"}).status_code == 403
    for do in ("set", "generate", "remove"):
        assert changed(browser, at, do=do, password="another horse", current="") == (403, True)
        assert changed(browser, at, do=do, password="another horse", current="wrong horse") == (403, True)
    workspace.refresh_from_db()
    assert password_matches(workspace, SECRET)
    assert changed(browser, at, do="set", password="another horse", current=SECRET) == (302, False)
    assert changed(browser, at, do="remove", current="another horse") == (302, False)
    workspace.refresh_from_db()
    assert not workspace.has_password


def test_the_owner_changes_it_without_the_present_one(workspace: Workspace, at: str, alice: User) -> None:
    assert not Page(as_(alice).get(at)).all("input", name="current")
    assert changed(as_(alice), at, do="set", password="another horse") == (302, False)
    workspace.refresh_from_db()
    assert password_matches(workspace, "another horse")
