"""The administration: staff look and lock, leaders look, and nobody rewrites what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.models import ApiToken, AuditEvent, User
from accounts.services import token_authenticate, token_issue
from tests.accounts_fixtures import as_

ActorOf = Callable[[User | None], Actor]
USERS, EVENTS, TOKENS = "/admin/accounts/user/", "/admin/accounts/auditevent/", "/admin/accounts/apitoken/"


def run(client: Client, url: str, action: str, *rows: Any) -> Any:
    return client.post(url, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    fields = {"email": user.email, "username": user.username, "max_workspaces": "", "max_running": ""}
    return fields | ({"is_active": "on"} if user.is_active else {}) | changes


@pytest.mark.parametrize("url", [USERS, EVENTS, TOKENS, f"{USERS}add/", f"{USERS}?q=alice", f"{EVENTS}?q=test"])
def test_the_lists_open_and_search(url: str, admin: Client, alice: User) -> None:
    audit(SYSTEM, "test.happened")
    token_issue(SYSTEM, alice, name="laptop")
    assert admin.get(url).status_code == 200


@pytest.mark.parametrize("url", [USERS, EVENTS, TOKENS])
def test_a_person_who_is_not_staff_is_sent_away(url: str, alice: User) -> None:
    assert as_(alice).get(url).status_code == 302


def test_adding_somebody_needs_an_address_and_finds_a_name(admin: Client) -> None:
    assert admin.post(f"{USERS}add/", {"email": " New.One@Example.org", "username": ""}).status_code == 302
    user = User.objects.get(email="new.one@example.org")
    assert (user.username, user.is_staff, user.has_usable_password()) == ("new-one", False, False)
    assert AuditEvent.objects.get(action="user.create").actor_name == "root@example.org"


def test_a_limit_is_changed_and_written_down(admin: Client, alice: User) -> None:
    assert admin.post(f"{USERS}{alice.pk}/change/", form_of(alice, max_workspaces="9")).status_code == 302
    alice.refresh_from_db()
    assert alice.max_workspaces == 9
    assert AuditEvent.objects.get(action="user.change").meta["fields"] == ["max_workspaces"]


def test_how_large_ones_workspaces_may_be_is_set_for_one_person(admin: Client, alice: User, bob: User) -> None:
    admin.post(f"{USERS}{alice.pk}/change/", form_of(alice, max_memory_mb="16384", max_cpus="0.5", max_running="0"))
    alice.refresh_from_db()
    assert (alice.max_memory_mb, alice.max_cpus, alice.max_running) == (16384, 0.5, 0)
    admin.post(f"{USERS}{alice.pk}/change/", form_of(alice))  # empty is what the site has for everybody
    alice.refresh_from_db()
    assert (alice.max_memory_mb, alice.max_cpus, alice.max_running) == (None, None, None)


def test_there_is_no_password_field(admin: Client, alice: User) -> None:
    assert "password" not in admin.get(f"{USERS}{alice.pk}/change/").content.decode().lower()


def test_locking_ends_what_was_open_and_unlocking_lets_in_again(admin: Client, alice: User, root: User) -> None:
    _, raw = token_issue(SYSTEM, alice, name="laptop")
    run(admin, USERS, "lock", alice, root)
    alice.refresh_from_db()
    root.refresh_from_db()
    assert (alice.is_active, root.is_active) == (False, True)
    assert token_authenticate(raw, None) is None
    run(admin, USERS, "unlock", alice)
    assert token_authenticate(raw, None)
    assert AuditEvent.objects.filter(action__in=["user.lock", "user.unlock"]).count() == 2


def test_unticking_active_locks_like_the_action(admin: Client, alice: User) -> None:
    fields = form_of(alice)
    del fields["is_active"]
    assert admin.post(f"{USERS}{alice.pk}/change/", fields).status_code == 302
    alice.refresh_from_db()
    assert alice.is_active is False
    assert AuditEvent.objects.filter(action="user.lock").count() == 1


def test_deleting_somebody_takes_their_tokens_along_and_keeps_what_they_did(admin: Client, alice: User) -> None:
    token_issue(Actor(alice, "browser"), alice, name="laptop")
    assert admin.post(f"{USERS}{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=alice.pk).exists()
    assert AuditEvent.objects.get(action="token.issue").actor_name == "alice@example.org"
    assert AuditEvent.objects.filter(action="user.delete").count() == 1


def test_staff_who_are_not_superusers_neither_touch_one_nor_hand_out_rights(alice: User, bob: User, root: User) -> None:
    from django.contrib.auth.models import Permission

    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user", "delete_user"]))
    client = as_(bob)
    assert client.post(f"{USERS}{root.pk}/change/", form_of(root, email="bob2@example.org")).status_code == 403
    client.post(f"{USERS}{alice.pk}/change/", form_of(alice, is_staff="on", is_superuser="on"))
    run(client, USERS, "lock", root)
    for user in (alice, root):
        user.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, root.email, root.is_active) == (False, False, "root@example.org", True)


def test_audit_events_cannot_be_added_changed_or_deleted_even_by_superusers(admin: Client, root: User) -> None:
    event = audit(SYSTEM, "test.happened")
    assert admin.get(f"{EVENTS}{event.pk}/change/").status_code == 200
    assert admin.get(f"{EVENTS}add/").status_code == 403
    assert admin.post(f"{EVENTS}{event.pk}/change/", {"action": "test.forged"}).status_code == 403
    assert admin.post(f"{EVENTS}{event.pk}/delete/", {"post": "yes"}).status_code == 403
    run(admin, EVENTS, "delete_selected", event)
    event.refresh_from_db()
    assert event.action == "test.happened"


def test_an_event_can_be_looked_at_when_the_accounts_in_it_are_gone(admin: Client, alice: User) -> None:
    fields = {"workspace": "abcdefghijkl", "workspace_name": "Hers", "owner_id": alice.pk}
    event = audit(Actor(alice, "browser"), "test.happened", **fields)
    alice.delete()
    assert "alice@example.org" in admin.get(f"{EVENTS}{event.pk}/change/").content.decode()
    assert "Hers" in admin.get(EVENTS).content.decode()
    assert admin.get(f"{EVENTS}{event.pk}/history/").status_code == 200


def test_no_action_of_the_list_touches_events(admin: Client, root: User) -> None:
    audit(SYSTEM, "test.happened")
    before = list(AuditEvent.objects.values())
    page = admin.get(EVENTS).content.decode()
    assert 'name="action"' not in page
    for url in (EVENTS, f"{EVENTS}?action__exact=x"):
        for action in ("delete_selected", "update", "delete"):
            run(admin, url, action, *AuditEvent.objects.all())
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(before[0]["id"]), "_save": "Save"}
    admin.post(EVENTS, data | {"form-0-action": "test.forged"})
    assert list(AuditEvent.objects.values())[: len(before)] == before


def test_a_token_is_looked_at_without_its_hash_and_revoked(admin: Client, alice: User) -> None:
    token, raw = token_issue(SYSTEM, alice, name="laptop")
    page = admin.get(f"{TOKENS}{token.pk}/change/")
    assert page.status_code == 200
    assert token.key_hash not in page.content.decode()
    run(admin, TOKENS, "revoke", token)
    assert token_authenticate(raw, None) is None
    assert ApiToken.objects.get().revoked_at
    assert AuditEvent.objects.get(action="token.revoke").actor_name == "root@example.org"


def test_a_leader_looks_at_people_and_events_and_changes_neither(leader: Client, alice: User) -> None:
    assert leader.get(USERS).status_code == 200
    assert leader.get(EVENTS).status_code == 200
    assert leader.get(f"{USERS}{alice.pk}/change/").status_code == 200
    assert leader.post(f"{USERS}{alice.pk}/change/", form_of(alice, username="x-y")).status_code == 403
    assert leader.get(f"{USERS}add/").status_code == 403
    assert leader.get(TOKENS).status_code == 403
    run(leader, USERS, "lock", alice)
    alice.refresh_from_db()
    assert (alice.is_active, alice.username) == (True, "alice")
