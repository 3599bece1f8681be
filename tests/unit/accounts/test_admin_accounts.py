"""The administration: staff look and lock, leaders look, and nobody rewrites what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
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


def test_a_leader_looks_at_their_own_events_and_at_nobody_else(leader: Client, alice: User, bob: User) -> None:
    mine = [audit(Actor(bob, "browser"), "test.done"), audit(SYSTEM, "test.happened", owner_id=bob.pk)]
    other = audit(Actor(alice, "browser"), "test.secret", owner_id=alice.pk)
    page = leader.get(EVENTS)
    assert set(page.context["cl"].queryset.filter(action__startswith="test.")) == set(mine)
    assert "test.secret" not in page.content.decode(), "nor among the choices of the filter"
    assert leader.get(f"{EVENTS}{mine[0].pk}/change/").status_code == 200
    for rest in ("change/", "history/", "delete/"):
        assert leader.get(f"{EVENTS}{other.pk}/{rest}").status_code in (302, 403, 404)
    for url in (USERS, f"{USERS}{alice.pk}/change/", f"{USERS}add/", TOKENS):
        assert leader.get(url).status_code == 403
    assert leader.post(f"{USERS}{alice.pk}/change/", form_of(alice, username="x-y")).status_code == 403
    run(leader, USERS, "lock", alice)
    alice.refresh_from_db()
    assert (alice.is_active, alice.username) == (True, "alice")


def test_a_leader_who_was_given_more_rights_still_sees_what_is_theirs(leader: Client, alice: User, bob: User) -> None:
    rights = Permission.objects.filter(codename__in=["view_user", "change_user", "view_apitoken", "change_apitoken"])
    bob.user_permissions.set(rights)
    token, raw = token_issue(SYSTEM, alice, name="laptop")
    assert list(leader.get(USERS).context["cl"].queryset) == [bob]
    for url in (f"{USERS}{alice.pk}/change/", f"{TOKENS}{token.pk}/change/"):
        assert leader.get(url).status_code == 302, "not found, said on the first page"
    run(leader, USERS, "lock", alice)
    run(leader, TOKENS, "revoke", token)
    alice.refresh_from_db()
    assert alice.is_active and token_authenticate(raw, None)
    choices = {"app_label": "accounts", "model_name": "apitoken", "field_name": "user", "term": "alice"}
    assert leader.get("/admin/autocomplete/", choices).json()["results"] == []


def test_guests_are_in_the_list_when_asked_for(admin: Client, alice: User, guest: User, root: User) -> None:
    def listed(choice: str) -> set[User]:
        return set(admin.get(f"{USERS}?guests={choice}" if choice else USERS).context["cl"].queryset)

    assert listed("") == {alice, root}
    assert listed("only") == {guest}
    assert listed("all") == {alice, root, guest}
    assert "Without guests" in admin.get(USERS).content.decode()


def test_a_guest_is_no_choice_where_a_person_is_chosen(admin: Client, guest: User, alice: User) -> None:
    for app, model, field in (("workspaces", "workspace", "owner"), ("accounts", "apitoken", "user")):
        asked = {"app_label": app, "model_name": model, "field_name": field}
        found = admin.get("/admin/autocomplete/", asked).json()["results"]
        assert str(alice.pk) in {one["id"] for one in found} and str(guest.pk) not in {one["id"] for one in found}


def test_a_guest_gets_no_rights_and_no_other_address(admin: Client, guest: User) -> None:
    more = {"is_staff": "on", "is_superuser": "on", "email": "gina@example.org", "is_guest": ""}
    assert admin.post(f"{USERS}{guest.pk}/change/", form_of(guest) | more | {"max_running": "2"}).status_code == 302
    guest.refresh_from_db()
    assert (guest.is_staff, guest.is_superuser, guest.is_guest) == (False, False, True)
    assert (guest.email, guest.max_running) == ("guest-0a1b2c@guests.invalid", 2)


@pytest.mark.parametrize("email", ["x@guests.invalid", "X@Guests.Invalid", "x@more.guests.invalid"])
def test_nobody_is_given_a_guests_address(email: str, admin: Client, alice: User) -> None:
    assert admin.post(f"{USERS}add/", {"email": email, "username": ""}).status_code == 200
    assert admin.post(f"{USERS}{alice.pk}/change/", form_of(alice, email=email)).status_code == 200
    assert not User.objects.filter(email__icontains="guests.invalid").exists()
