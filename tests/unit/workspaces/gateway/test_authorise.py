"""Who may enter a workspace, for every kind of visitor and every way to lose that leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import BrowserSession, User
from accounts.services.tokens import token_issue
from spaces_site.errors import NotFound, Unauthenticated
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.gateway.conftest import Key, target_of
from workspaces.gateway.authorise import authorise, authorise_cached, authorise_forget
from workspaces.gateway.hosts import Target
from workspaces.models import GatewaySession, Workspace
from workspaces.services import workspace_password_set

NOBODY = "bbbbbbbbbbbb"


def by_cookie(workspace: Workspace, key: str, port: int | None = None) -> int | None:
    return authorise(target_of(workspace, port), (key,), "", None).user_id


def by_token(public_id: str, token: str) -> int | None:
    return authorise(Target(public_id, None, public_id), (), token, "192.0.2.7").user_id


def test_the_owner_and_staff_enter(workspace: Workspace, alice: User, root: User, cookie_of: Key) -> None:
    assert by_cookie(workspace, cookie_of(workspace, alice)) == alice.pk
    assert by_cookie(workspace, cookie_of(workspace, root)) == root.pk


def test_a_stranger_meets_the_same_as_nothing(
    workspace: Workspace, charlie: User, actor_of: ActorOf, cookie_of: Key
) -> None:
    _, token = token_issue(actor_of(charlie), charlie, name="ci")
    with pytest.raises(NotFound) as existing:
        by_token(workspace.public_id, token)
    with pytest.raises(NotFound) as missing:
        by_token(NOBODY, token)
    assert (existing.value.message, existing.value.code) == (missing.value.message, missing.value.code)
    with pytest.raises(NotFound):
        by_cookie(workspace, cookie_of(workspace, charlie))


def test_without_a_credential_nothing_says_whether_it_exists(workspace: Workspace) -> None:
    messages = set()
    for public_id in (workspace.public_id, NOBODY):
        with pytest.raises(Unauthenticated) as refused:
            authorise(Target(public_id, None, public_id), ("wrong",), "", None)
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_tokens_of_the_owner_and_of_staff_enter(
    workspace: Workspace, alice: User, root: User, actor_of: ActorOf
) -> None:
    for user in (alice, root):
        token, raw = token_issue(actor_of(user), user, name="ci")
        assert by_token(workspace.public_id, raw) == user.pk
        token.revoked_at = timezone.now()
        token.save()
        with pytest.raises(Unauthenticated):
            by_token(workspace.public_id, raw)


def test_a_wrong_token_is_not_made_up_for_by_a_cookie(workspace: Workspace, alice: User, cookie_of: Key) -> None:
    with pytest.raises(Unauthenticated):
        authorise(target_of(workspace), (cookie_of(workspace, alice),), "sp_wrong", None)


def test_a_cookie_opens_its_own_host_only(workspace: Workspace, alice: User, cookie_of: Key) -> None:
    key = cookie_of(workspace, alice, 3000)
    assert authorise(target_of(workspace, 3000), (key,), "", None).port == 3000
    for port in (None, 3001):
        with pytest.raises(Unauthenticated):
            by_cookie(workspace, key, port)


def test_a_false_cookie_beside_the_true_one_locks_nobody_out(workspace: Workspace, alice: User, cookie_of: Key) -> None:
    assert authorise(target_of(workspace), ("false", cookie_of(workspace, alice)), "", None).user_id == alice.pk


@pytest.mark.parametrize("how", ["locked", "signed out", "session over", "expired", "platform session ended"])
def test_leave_ends(workspace: Workspace, alice: User, cookie_of: Key, how: str) -> None:
    key, now = cookie_of(workspace, alice), timezone.now()
    by_cookie(workspace, key)
    if how == "locked":
        User.objects.update(is_active=False)
    elif how == "signed out":
        BrowserSession.objects.all().delete()
    elif how == "session over":
        Session.objects.update(expire_date=now)
    elif how == "platform session ended":
        Session.objects.all().delete()
    else:
        GatewaySession.objects.update(expires_at=now)
    with pytest.raises(Unauthenticated):
        by_cookie(workspace, key)


def test_staff_no_more_means_a_stranger(workspace: Workspace, root: User, cookie_of: Key) -> None:
    key = cookie_of(workspace, root)
    User.objects.filter(pk=root.pk).update(is_staff=False)
    with pytest.raises(NotFound):
        by_cookie(workspace, key)


def test_a_deleted_workspace_lets_nobody_in(workspace: Workspace, alice: User, cookie_of: Key) -> None:
    key, target = cookie_of(workspace, alice), target_of(workspace)
    workspace.delete()
    with pytest.raises(Unauthenticated):
        authorise(target, (key,), "", None)


def test_the_password_opens_until_it_changes(
    guarded: Workspace, alice: User, actor_of: ActorOf, cookie_of: Key
) -> None:
    key = cookie_of(guarded, None)
    assert by_cookie(guarded, key) is None
    Workspace.objects.update(password_version=7)  # as the service does, besides deleting the sessions
    with pytest.raises(Unauthenticated):
        by_cookie(guarded, key)
    guarded.refresh_from_db()
    key = cookie_of(guarded, None)
    workspace_password_set(actor_of(alice), guarded, "another password")
    with pytest.raises(Unauthenticated):
        by_cookie(guarded, key)


def test_taking_the_password_away_ends_what_it_opened(guarded: Workspace, cookie_of: Key) -> None:
    key = cookie_of(guarded, None)
    Workspace.objects.update(password_encrypted="")
    with pytest.raises(Unauthenticated):
        by_cookie(guarded, key)


def test_a_locked_owner_does_not_come_back_through_the_password(guarded: Workspace, cookie_of: Key) -> None:
    key = cookie_of(guarded, None)
    User.objects.update(is_active=False)
    with pytest.raises(Unauthenticated):
        by_cookie(guarded, key)


def test_use_prolongs_a_session_but_not_beyond_the_platforms(workspace: Workspace, alice: User, cookie_of: Key) -> None:
    key, now = cookie_of(workspace, alice), timezone.now()
    GatewaySession.objects.update(expires_at=now + timedelta(hours=1))
    by_cookie(workspace, key)
    assert GatewaySession.objects.get().expires_at > now + timedelta(hours=11)
    GatewaySession.objects.update(expires_at=now + timedelta(minutes=1))
    Session.objects.update(expire_date=now + timedelta(hours=2))
    by_cookie(workspace, key)
    assert GatewaySession.objects.get().expires_at == now + timedelta(hours=2)


@pytest.mark.django_db(transaction=True)
async def test_leave_is_remembered_for_a_moment_and_forgotten_on_demand(
    workspace: Workspace, alice: User, cookie_of: Key
) -> None:
    key, target = await sync_to_async(cookie_of)(workspace, alice), target_of(workspace)
    authorise_forget(workspace.public_id)
    first = await authorise_cached(target, (key,), "", None)
    await sync_to_async(GatewaySession.objects.all().delete)()
    assert await authorise_cached(target, (key,), "", None) is first
    authorise_forget(workspace.public_id)
    with pytest.raises(Unauthenticated):
        await authorise_cached(target, (key,), "", None)
