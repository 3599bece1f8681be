"""Names for ports: which may be given, to whom, and what ends when one is changed or taken back."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, SpacesError
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Alias, GatewaySession, Share, Workspace
from workspaces.models.workspace import new_public_id
from workspaces.passwords import password_decrypt
from workspaces.services import aliases as service
from workspaces.services import share_add
from workspaces.services.aliases import alias_add, alias_remove, alias_update, alias_url, aliases_of

SECRET = "a secret: with a colon"


@pytest.fixture
def workspace(alice: User, make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace(alice, name="Desk")


@pytest.fixture
def alias(workspace: Workspace, alice: User, actor_of: ActorOf) -> Alias:
    return alias_add(actor_of(alice), workspace, subdomain="my-app", port=3000)


@pytest.fixture
def guarded(workspace: Workspace, alice: User, actor_of: ActorOf) -> Alias:
    return alias_add(
        actor_of(alice), workspace, subdomain="guarded", port=3000, auth_username="class", auth_password=SECRET
    )


def code_of(attempt: object) -> str:
    with pytest.raises(SpacesError) as refused:
        attempt()  # type: ignore[operator]
    return refused.value.code


def test_a_name_is_given_and_written_down(alias: Alias, workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    assert aliases_of(actor_of(alice), workspace) == [alias]
    assert alias_url(alias) == "http://my-app.localhost:8000/"
    event = AuditEvent.objects.get(action="alias.add")
    assert event.workspace == workspace.public_id
    assert event.meta == {"name": "my-app", "port": 3000, "protected": False}


@pytest.mark.parametrize("name", ["abc", "a1b", "a-b", "my-app-2", "a" * 32, "abcdefghijklm", "introduction-2024-may"])
def test_names_that_may_be_given(workspace: Workspace, alice: User, actor_of: ActorOf, name: str) -> None:
    assert alias_add(actor_of(alice), workspace, subdomain=name, port=3000).subdomain == name


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "ALIAS_INVALID"), ("ab", "ALIAS_INVALID"), ("a" * 33, "ALIAS_INVALID"), ("1abc", "ALIAS_INVALID"),
     ("-abc", "ALIAS_INVALID"), ("abc-", "ALIAS_INVALID"), ("My-App", "ALIAS_INVALID"), ("my_app", "ALIAS_INVALID"),
     ("my.app", "ALIAS_INVALID"), ("my app", "ALIAS_INVALID"), ("äpfel", "ALIAS_INVALID"), ("abc\n", "ALIAS_INVALID"),
     ("a\0bc", "ALIAS_INVALID"),
     ("www", "ALIAS_RESERVED"), ("api", "ALIAS_RESERVED"), ("admin", "ALIAS_RESERVED"), ("git", "ALIAS_RESERVED"),
     ("workshop", "ALIAS_RESERVED"), ("proxy", "ALIAS_RESERVED"), ("static", "ALIAS_RESERVED"),
     ("inbox", "ALIAS_RESERVED"), ("mail", "ALIAS_RESERVED"), ("wpad", "ALIAS_RESERVED"),
     ("xn--bcher-kva", "ALIAS_RESERVED"), ("ab--cd", "ALIAS_RESERVED"),
     ("abcdefghijkl", "ALIAS_RESERVED"), ("abcdefghijkl-1", "ALIAS_RESERVED"), ("abcdefghijkl-0", "ALIAS_RESERVED"),
     ("a1b2c3d4e5f6-99999999", "ALIAS_RESERVED")],
)  # fmt: skip
def test_names_that_may_not(workspace: Workspace, alice: User, actor_of: ActorOf, name: str, code: str) -> None:
    assert code_of(lambda: alias_add(actor_of(alice), workspace, subdomain=name, port=3000)) == code
    assert not Alias.objects.exists()


def test_the_address_of_no_workspace_can_be_taken_before_it_is_there(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    for public_id in [workspace.public_id, *(new_public_id() for _ in range(50))]:
        for name in (public_id, f"{public_id}-3000"):
            assert code_of(lambda name=name: alias_add(actor_of(alice), workspace, subdomain=name, port=80)) == (
                "ALIAS_RESERVED"
            )


def test_a_name_is_given_once_on_the_whole_site(
    alias: Alias, workspace: Workspace, alice: User, bob: User, actor_of: ActorOf, make_workspace: MakeWorkspace
) -> None:
    theirs = make_workspace(bob, name="Theirs")
    for person, whose in ((bob, theirs), (alice, workspace)):
        with pytest.raises(Conflict) as refused:
            alias_add(actor_of(person), whose, subdomain="my-app", port=4000)
        assert refused.value.code == "ALIAS_TAKEN"
        assert "alice" not in str(refused.value.message) + str(refused.value.details)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_a_name_at_once_one_gets_it(
    alice: User, bob: User, actor_of: ActorOf, make_workspace: MakeWorkspace
) -> None:
    wanted = [(alice, make_workspace(alice, name="One")), (bob, make_workspace(bob, name="Two"))] * 4
    start, got, refused = threading.Barrier(len(wanted)), [], []

    def add(person: User, whose: Workspace) -> None:
        start.wait()
        try:
            got.append(alias_add(actor_of(person), whose, subdomain="wanted", port=3000))
        except SpacesError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=one) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), refused) == (1, ["ALIAS_TAKEN"] * 7)
    assert AuditEvent.objects.filter(action="alias.add").count() == Alias.objects.count() == 1


def test_ports_that_cannot_have_one(workspace: Workspace, alice: User, actor_of: ActorOf, alias: Alias) -> None:
    for port, code in ((0, "PORT_INVALID"), (65536, "PORT_INVALID"), (True, "PORT_INVALID"),
                       (workspace.port, "PORT_IS_EDITOR")):  # fmt: skip
        assert code_of(lambda p=port: alias_add(actor_of(alice), workspace, subdomain="other", port=p)) == code
        assert code_of(lambda p=port: alias_update(actor_of(alice), workspace, "my-app", port=p)) == code


def test_no_more_than_so_many(
    alias: Alias, workspace: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ALIASES", 1)
    assert code_of(lambda: alias_add(actor_of(alice), workspace, subdomain="other", port=3000)) == "ALIAS_LIMIT"


def test_the_password_is_kept_encrypted_and_written_down_nowhere(guarded: Alias) -> None:
    assert SECRET not in guarded.password_encrypted
    assert password_decrypt(guarded.password_encrypted) == SECRET
    assert SECRET not in str(AuditEvent.objects.values())


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [("class", "", "auth_password"), ("", SECRET, "auth_username"), ("class", "short", "auth_password"),
     ("class", "x" * 129, "auth_password"), ("cl ass", SECRET, "auth_username"), ("a:b", SECRET, "auth_username"),
     ("x" * 65, SECRET, "auth_username"), ("class", "sp_like-a-token", "auth_password"),
     ("sp_class", SECRET, "auth_username"), ("class", "with\nline", "auth_password"),
     ("kl\u00e4sse", SECRET, "auth_username"),
     ("class", "half \ud800 of one", "auth_password")],
)  # fmt: skip
def test_protection_that_there_cannot_be(
    workspace: Workspace, alice: User, actor_of: ActorOf, name: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        alias_add(
            actor_of(alice), workspace, subdomain="other", port=3000, auth_username=name, auth_password=password
        )
    assert (refused.value.code, field in refused.value.details) == ("ALIAS_AUTH_INVALID", True)


def guest_of(alias: Alias, by: str) -> GatewaySession:
    return GatewaySession.objects.create(
        key_hash=f"{alias.subdomain}-{by}", workspace=alias.workspace, host=alias.subdomain, guest_by=by,
        password_version=alias.password_version, expires_at=alias.created_at,
    )  # fmt: skip


def test_another_port_ends_what_guests_have_open(alias: Alias, workspace: Workspace, alice: User,
                                                 actor_of: ActorOf) -> None:  # fmt: skip
    guest_of(alias, "link")
    alias_update(actor_of(alice), workspace, "my-app", port=3000)  # the same: nothing happens
    assert GatewaySession.objects.exists() and not AuditEvent.objects.filter(action="alias.update").exists()
    assert alias_update(actor_of(alice), workspace, "my-app", port=4000).port == 4000
    assert not GatewaySession.objects.exists()
    event = AuditEvent.objects.get(action="alias.update")
    assert event.meta == {"name": "my-app", "port": 4000, "protected": False}


def test_protection_is_given_changed_and_taken(alias: Alias, workspace: Workspace, alice: User,
                                               actor_of: ActorOf) -> None:  # fmt: skip
    actor, versions = actor_of(alice), [alias.password_version]

    def update(**change: object) -> Alias:
        changed = alias_update(actor, workspace, "my-app", **change)  # type: ignore[arg-type]
        versions.append(changed.password_version)
        return changed

    assert code_of(lambda: update(protected=True)) == "ALIAS_AUTH_INVALID"
    assert code_of(lambda: update(auth_password=SECRET)) == "ALIAS_AUTH_INVALID"
    assert update(protected=True, auth_username="class", auth_password=SECRET).has_password
    link, guest = guest_of(alias, "link"), guest_of(alias, "alias")
    assert password_decrypt(update(auth_username="room").password_encrypted) == SECRET, "a new name keeps the password"
    assert not GatewaySession.objects.filter(pk=guest.pk).exists()
    guest_of(alias, "alias")
    assert password_decrypt(update(auth_password="another one").password_encrypted) == "another one"
    assert list(GatewaySession.objects.all()) == [link]
    assert update(protected=True).auth_username == "room"
    assert versions[-1] == versions[-2], "nothing changed"
    gone = update(protected=False)
    assert (gone.auth_username, gone.has_password) == ("", False)
    assert len(set(versions)) == len(versions) - 1


def test_a_name_that_is_taken_back_is_free(alias: Alias, workspace: Workspace, alice: User, bob: User,
                                           actor_of: ActorOf, make_workspace: MakeWorkspace) -> None:  # fmt: skip
    guest_of(alias, "alias")
    alias_remove(actor_of(alice), workspace, "my-app")
    assert not GatewaySession.objects.exists()
    assert code_of(lambda: alias_remove(actor_of(alice), workspace, "my-app")) == "ALIAS_NOT_FOUND"
    assert code_of(lambda: alias_update(actor_of(alice), workspace, "my-app", port=1)) == "ALIAS_NOT_FOUND"
    assert code_of(lambda: alias_remove(actor_of(alice), workspace, "a\0b")) == "ALIAS_NOT_FOUND"
    assert alias_add(actor_of(bob), make_workspace(bob, name="Theirs"), subdomain="my-app", port=3000)
    assert AuditEvent.objects.filter(action="alias.remove").count() == 1


def test_a_deleted_workspace_frees_its_names(alias: Alias, workspace: Workspace) -> None:
    workspace.delete()
    assert not Alias.objects.exists()


def test_who_may_list_and_who_may_change(
    alias: Alias, workspace: Workspace, alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf,
    make_workspace: MakeWorkspace,
) -> None:  # fmt: skip
    changes = (
        lambda actor: alias_add(actor, workspace, subdomain="other", port=3000),
        lambda actor: alias_update(actor, workspace, "my-app", port=4000),
        lambda actor: alias_remove(actor, workspace, "my-app"),
    )
    share_add(actor_of(alice), workspace, "bob", Share.Role.EDITOR)
    for role in (Share.Role.EDITOR, Share.Role.VIEWER):
        Share.objects.update(role=role)
        assert aliases_of(actor_of(bob), workspace) == [alias]
        for attempt in changes:
            with pytest.raises(Forbidden) as refused:
                attempt(actor_of(bob))
            assert refused.value.code == "OWNER_ONLY"
    for attempt in (*changes, lambda actor: aliases_of(actor, workspace)):
        with pytest.raises(NotFound):
            attempt(actor_of(charlie))
    theirs = make_workspace(charlie, name="Theirs")
    with pytest.raises(NotFound) as missing:
        alias_remove(actor_of(charlie), theirs, "my-app")
    assert missing.value.code == "ALIAS_NOT_FOUND"
    for attempt in changes:
        attempt(actor_of(root))
    assert [one.subdomain for one in Alias.objects.all()] == ["other"]
