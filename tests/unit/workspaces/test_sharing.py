"""Sharing a workspace: what the other person may do, what only the owner may, and what ends when it is taken back."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from tests.accounts_fixtures import ActorOf, as_
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import services
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.models import Favorite, GatewaySession, Share, Workspace
from workspaces.selectors import (
    workspace_get,
    workspace_get_by_name,
    workspace_managed,
    workspaces_at_hand,
    workspaces_for,
)
from workspaces.services import sharing


@pytest.fixture
def workspace(alice: User, make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace(alice, name="Desk")


@pytest.mark.parametrize("who", ["bob", "BOB", "bob@example.org", "  Bob@Example.org "])
def test_a_person_is_found_by_name_or_address(who: str, workspace: Workspace, alice: User, bob: User,
                                              actor_of: ActorOf) -> None:  # fmt: skip
    services.share_add(actor_of(alice), workspace, who)
    assert workspace_get(actor_of(bob), workspace.public_id) == workspace
    event = AuditEvent.objects.get(action="share.add")
    assert (event.workspace, event.meta, event.actor) == (workspace.public_id, {"user": "bob", "role": "editor"}, alice)


def test_sharing_twice_is_fine_and_written_down_once(workspace: Workspace, alice: User, bob: User,
                                                     actor_of: ActorOf) -> None:  # fmt: skip
    for _ in range(2):
        services.share_add(actor_of(alice), workspace, "bob")
    assert Share.objects.count() == AuditEvent.objects.filter(action="share.add").count() == 1


def test_whom_it_is_shared_with_may_start_and_stop_it(workspace: Workspace, alice: User, bob: User,
                                                      actor_of: ActorOf) -> None:  # fmt: skip
    services.share_add(actor_of(alice), workspace, "bob")
    assert services.workspace_stop(actor_of(bob), workspace) is not None
    assert services.workspace_favorite(actor_of(bob), workspace, True)


def test_only_the_owner_and_staff_may_delete_rename_share_and_set_the_password(
    workspace: Workspace, alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf
) -> None:
    services.share_add(actor_of(alice), workspace, "bob")
    for attempt in (
        lambda actor: services.workspace_rename(actor, workspace, "Mine"),
        lambda actor: services.share_add(actor, workspace, "root"),
        lambda actor: services.share_remove(actor, workspace, alice.pk),
        lambda actor: services.workspace_password_set(actor, workspace, "secret-enough"),
        lambda actor: services.workspace_delete(actor, workspace, password="secret-enough"),
    ):
        with pytest.raises(Forbidden) as refused:
            attempt(actor_of(bob))
        assert refused.value.code == "OWNER_ONLY"
        with pytest.raises(NotFound):
            attempt(actor_of(charlie))
        attempt(actor_of(root))
    workspace.refresh_from_db()
    assert (workspace.name, workspace.state) == ("Mine", "deleting")


def test_a_list_of_ones_own_does_not_hold_what_others_share(workspace: Workspace, alice: User, bob: User,
                                                            actor_of: ActorOf) -> None:  # fmt: skip
    services.share_add(actor_of(alice), workspace, "bob")
    assert list(workspaces_for(actor_of(bob))) == []
    assert list(workspaces_at_hand(actor_of(bob))) == [workspace]


def test_a_name_means_ones_own_before_a_shared_one(alice: User, bob: User, root: User, actor_of: ActorOf,
                                                   make_workspace: MakeWorkspace) -> None:  # fmt: skip
    hers, his = make_workspace(alice, name="Desk"), make_workspace(bob, name="desk")
    with pytest.raises(NotFound):
        workspace_get_by_name(actor_of(root), "desk")  # two of them: which one is not for us to guess
    services.share_add(actor_of(alice), hers, "bob")
    assert workspace_get_by_name(actor_of(bob), "DESK") == his
    services.workspace_rename(actor_of(bob), his, "Table")
    assert workspace_get_by_name(actor_of(bob), "desk") == hers
    assert workspace_get_by_name(actor_of(root), "desk") == hers


def test_taking_it_back_ends_what_is_open(workspace: Workspace, alice: User, bob: User, actor_of: ActorOf) -> None:
    services.share_add(actor_of(alice), workspace, "bob")
    services.workspace_favorite(actor_of(bob), workspace, True)
    key = session_open(workspace, workspace.public_id, user=bob, session_key="")
    target = Target(workspace.public_id, None, workspace.public_id)
    assert authorise(target, (key,), "", None).user_id == bob.pk
    services.share_remove(actor_of(alice), workspace, bob.pk)
    assert not GatewaySession.objects.filter(user=bob).exists()
    assert not Favorite.objects.filter(user=bob).exists()
    with pytest.raises(NotFound):
        workspace_get(actor_of(bob), workspace.public_id)
    services.share_remove(actor_of(alice), workspace, bob.pk)  # again is fine
    assert AuditEvent.objects.filter(action="share.remove").count() == 1


def test_one_may_leave_oneself(workspace: Workspace, alice: User, bob: User, actor_of: ActorOf) -> None:
    services.share_add(actor_of(alice), workspace, "bob")
    services.share_remove(actor_of(bob), workspace, bob.pk)
    assert not Share.objects.exists()


@pytest.mark.parametrize(
    ("who", "code"),
    [("nobody", "USER_NOT_FOUND"), ("", "USER_NOT_FOUND"), ("a\0b", "USER_NOT_FOUND"),
     ("alice", "SHARE_WITH_OWNER")],
)  # fmt: skip
def test_with_whom_it_cannot_be_shared(who: str, code: str, workspace: Workspace,
                                       alice: User, actor_of: ActorOf) -> None:  # fmt: skip
    with pytest.raises(Invalid) as refused:
        services.share_add(actor_of(alice), workspace, who)
    assert refused.value.code == code


def test_a_locked_account_is_not_found(workspace: Workspace, alice: User, bob: User, actor_of: ActorOf) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(Invalid):
        services.share_add(actor_of(alice), workspace, "bob")


def test_names_cannot_be_tried_without_end(workspace: Workspace, alice: User, actor_of: ActorOf,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(sharing, "TRIES_PER_HOUR", 2)
    for _ in range(2):
        with pytest.raises(Invalid):
            services.share_add(actor_of(alice), workspace, "guess")
    with pytest.raises(TooMany):
        services.share_add(actor_of(alice), workspace, "guess")


def test_no_more_than_so_many(workspace: Workspace, alice: User, bob: User, charlie: User, actor_of: ActorOf,
                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(sharing, "MOST_SHARES", 1)
    services.share_add(actor_of(alice), workspace, "bob")
    with pytest.raises(Conflict) as refused:
        services.share_add(actor_of(alice), workspace, "charlie")
    assert refused.value.code == "SHARE_LIMIT"


def test_managing_is_for_owner_and_staff(workspace: Workspace, alice: User, root: User, actor_of: ActorOf) -> None:
    for person in (alice, root):
        assert workspace_managed(actor_of(person), workspace.public_id) == workspace


def test_the_page_shares_and_says_at_the_field_what_is_wrong(workspace: Workspace, alice: User, bob: User) -> None:
    browser, page = as_(alice), f"/workspaces/{workspace.public_id}/"
    wrong = browser.post(f"{page}share", {"who": "nobdy"})
    assert wrong.status_code == 400 and "share-who-wrong" in wrong.content.decode()
    assert browser.post(f"{page}share", {"who": "bob"}).status_code == 302
    assert "bob" in browser.get(page).content.decode()
    theirs = as_(bob).get(page).content.decode()
    assert "Take it off my list" in theirs and f"{page}delete" not in theirs
    assert as_(bob).get(f"{page}delete").status_code == 403
    assert workspace.name in as_(bob).get("/workspaces/").content.decode()
    assert browser.post(f"{page}unshare", {"user": bob.pk}).status_code == 302
    assert as_(bob).get(page).status_code == 404


def test_the_password_is_shown_to_whom_it_is_shared_with_by_no_way(
    workspace: Workspace, alice: User, bob: User, actor_of: ActorOf
) -> None:
    services.workspace_password_set(actor_of(alice), workspace, "known-to-alice")
    services.share_add(actor_of(alice), workspace, "bob")
    page = f"/workspaces/{workspace.public_id}/"
    assert "known-to-alice" in as_(alice).post(f"{page}password", {"do": "show"}).content.decode()
    for do in ("show", "generate", "remove", "set"):
        answer = as_(bob).post(f"{page}password", {"do": do, "password": "known-to-bob"})
        assert (answer.status_code, "known-to-alice" in answer.content.decode()) == (403, False)


@pytest.mark.parametrize("user", ["", "x", "1" * 30, "-1", "\u0663"])
def test_nonsense_in_the_form_is_refused(user: str, workspace: Workspace, alice: User) -> None:
    assert as_(alice).post(f"/workspaces/{workspace.public_id}/unshare", {"user": user}).status_code == 400
