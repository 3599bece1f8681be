"""Notes of a workspace: who reads and writes them, how long they may be, and what two windows do to each other."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Share, Workspace
from workspaces.services.details import NOTES_BYTES, notes_version, workspace_notes_set


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User, bob: User) -> Workspace:
    """Alice's, which Bob may edit."""
    made = make_workspace(alice, name="Lab")
    Share.objects.create(workspace=made, user=bob)
    return made


@pytest.fixture
def at(workspace: Workspace) -> str:
    return f"/workspaces/{workspace.public_id}/"


def notes_of(workspace: Workspace) -> str:
    workspace.refresh_from_db()
    return workspace.notes


def test_owner_and_editor_write_them_and_it_is_written_down_without_the_text(
    workspace: Workspace, alice: User, bob: User, actor_of: ActorOf
) -> None:
    workspace_notes_set(actor_of(alice), workspace, "Do exercises 1–3.\r\nThen rest.")
    assert notes_of(workspace) == "Do exercises 1–3.\nThen rest."
    workspace_notes_set(actor_of(bob), workspace, "")
    assert notes_of(workspace) == ""
    events = AuditEvent.objects.filter(action="workspace.notes").order_by("pk")
    assert [(event.actor, event.meta) for event in events] == [(alice, {"characters": 28}), (bob, {"characters": 0})]


def test_viewers_and_strangers_do_not(
    workspace: Workspace, bob: User, charlie: User, actor_of: ActorOf
) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    with pytest.raises(Forbidden):
        workspace_notes_set(actor_of(bob), workspace, "x")
    with pytest.raises(NotFound):
        workspace_notes_set(actor_of(charlie), workspace, "x")
    assert notes_of(workspace) == ""


@pytest.mark.parametrize("text", ["x" * (NOTES_BYTES + 1), "ü" * (NOTES_BYTES // 2 + 1), "a\0b", "half \ud800"])
def test_what_is_too_long_or_no_text_is_refused(
    text: str, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    with pytest.raises(Invalid) as refused:
        workspace_notes_set(actor_of(alice), workspace, text)
    assert (refused.value.code, notes_of(workspace)) == ("NOTES_INVALID", "")


def test_as_much_as_may_be_is_kept_to_the_last_letter(workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    text = "ü" * (NOTES_BYTES // 2)
    workspace_notes_set(actor_of(alice), workspace, text)
    assert notes_of(workspace) == text


def test_of_two_who_have_seen_the_same_the_second_is_told(
    workspace: Workspace, alice: User, bob: User, actor_of: ActorOf
) -> None:
    seen = notes_version(workspace)
    workspace_notes_set(actor_of(alice), workspace, "Hers", version=seen)
    with pytest.raises(Conflict) as refused:
        workspace_notes_set(actor_of(bob), workspace, "His", version=seen)
    assert (refused.value.code, notes_of(workspace)) == ("NOTES_CHANGED", "Hers")
    workspace_notes_set(actor_of(bob), workspace, "His", version=notes_version(workspace))
    assert notes_of(workspace) == "His"


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_saved_and_all_others_are_told(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    seen, saved, told = notes_version(workspace), [], []
    begin = threading.Barrier(8)

    def save(number: int) -> None:
        begin.wait()
        try:
            workspace_notes_set(actor_of(alice), workspace, f"Number {number}", version=seen)
            saved.append(f"Number {number}")
        except Conflict:
            told.append(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(saved), len(told)) == (1, 7)
    assert notes_of(workspace) == saved[0]


# -- on the page


def test_all_who_see_it_read_them_as_they_are(workspace: Workspace, at: str, alice: User, bob: User) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    Workspace.objects.update(notes="One\nTwo <b>three</b> https://example.org/a")
    for person in (alice, bob):
        text = as_(person).get(at).content.decode()
        assert "One\nTwo &lt;b&gt;three&lt;/b&gt;" in text
        assert '<a href="https://example.org/a" rel="nofollow">' in text


def test_they_are_edited_on_the_page_with_and_without_a_script(workspace: Workspace, at: str, alice: User) -> None:
    browser = as_(alice)
    page = Page(browser.get(at))
    assert f"{at}notes#notes" in [link.get("href") for link in page.all("a")]
    assert not page.all("textarea", name="notes")
    form = Page(browser.get(f"{at}notes"))
    assert (form.problems(), len(form.all("textarea", name="notes"))) == ([], 1)
    saved = browser.post(f"{at}notes", {"notes": "\r\nOne\r\nTwo", "version": form.value("version")})
    assert saved.headers["Location"] == f"{at}#notes"
    assert notes_of(workspace) == "\nOne\nTwo"
    assert "The notes are saved." in browser.get(at).content.decode()


def test_two_windows_do_not_overwrite_each_other_silently(
    workspace: Workspace, at: str, alice: User, bob: User
) -> None:
    hers, his = as_(alice), as_(bob)
    seen = Page(hers.get(f"{at}notes")).value("version")
    his.post(f"{at}notes", {"notes": "What he says", "version": seen})
    refused = hers.post(f"{at}notes", {"notes": "What she says", "version": seen})
    page, text = Page(refused), refused.content.decode()
    assert (refused.status_code, page.problems()) == (409, [])
    assert "Somebody else has saved other notes" in text
    assert page.texts["pre"] == ["What he says"]
    assert "What she says" in page.texts["textarea"]
    assert notes_of(workspace) == "What he says"
    again = hers.post(f"{at}notes", {"notes": "What she says", "version": page.value("version")})
    assert again.status_code == 302
    assert notes_of(workspace) == "What she says"


def test_what_is_too_long_is_kept_in_the_field(workspace: Workspace, at: str, alice: User) -> None:
    browser = as_(alice)
    seen = Page(browser.get(f"{at}notes")).value("version")
    refused = browser.post(f"{at}notes", {"notes": "ü" * 9000, "version": seen})
    page = Page(refused)
    assert (refused.status_code, page.problems(), page.value("version")) == (400, [], seen)
    assert page.all("textarea", name="notes", aria_invalid="true")
    assert "ü" * 9000 in page.texts["textarea"]
