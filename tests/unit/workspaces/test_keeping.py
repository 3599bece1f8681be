"""Files that outlive their workspace: kept, given back by name, or removed for good."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.workspaces.administering import run
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import engine_state, services
from workspaces.engine.base import EngineError
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.keeping import kept_files_delete, kept_remove, kept_resend
from workspaces.models import KeptFiles, Workspace

KEPT = "/admin/workspaces/keptfiles/"


@pytest.fixture
def kept(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, actor_of: ActorOf, work: Work) -> KeptFiles:
    workspace = make_workspace(alice, name="Desk")
    engine.volume_files[workspace.engine_name]["thesis.txt"] = b"draft"
    services.workspace_delete(actor_of(alice), workspace, keep_files=True)
    work()
    return KeptFiles.objects.get()


def test_the_row_goes_and_the_files_stay(kept: KeptFiles, engine: FakeEngine) -> None:
    assert not Workspace.objects.exists()
    assert (engine.states, engine.network_modes) == ({}, {})
    assert engine.volume_files == {f"spaces-{kept.public_id}": {"thesis.txt": b"draft"}}
    assert AuditEvent.objects.get(action="workspace.delete").meta == {"keep_files": True}


@pytest.mark.parametrize("name", ["Desk", "desk"])
def test_the_next_of_that_name_has_them(name: str, kept: KeptFiles, alice: User, make_workspace: MakeWorkspace,
                                        engine: FakeEngine) -> None:  # fmt: skip
    again = make_workspace(alice, name=name)
    assert again.public_id == kept.public_id
    assert engine.volume_files[again.engine_name] == {"thesis.txt": b"draft"}
    assert not KeptFiles.objects.exists()


def test_nobody_else_gets_them(kept: KeptFiles, bob: User, make_workspace: MakeWorkspace) -> None:
    assert make_workspace(bob, name="Desk").public_id != kept.public_id
    assert KeptFiles.objects.get() == kept


def test_a_create_that_fails_leaves_them_kept(kept: KeptFiles, alice: User, engine: FakeEngine,
                                              actor_of: ActorOf) -> None:  # fmt: skip
    engine.down = True
    engine_state.engine_forget()
    with pytest.raises(Unavailable):
        services.workspace_create(actor_of(alice), kind="code-server", name="Desk")
    assert KeptFiles.objects.get() == kept


def test_two_of_one_name_are_told_apart(kept: KeptFiles, alice: User, make_workspace: MakeWorkspace, work: Work,
                                        actor_of: ActorOf) -> None:  # fmt: skip
    other = make_workspace(alice, name="Table")
    services.workspace_rename(actor_of(alice), other, "Desk")
    services.workspace_delete(actor_of(alice), other, keep_files=True)
    work()
    assert sorted(KeptFiles.objects.values_list("name", flat=True)) == ["Desk", "Desk 2"]


def test_no_more_are_kept_than_one_may_have_workspaces(kept: KeptFiles, alice: User, make_workspace: MakeWorkspace,
                                                       actor_of: ActorOf) -> None:  # fmt: skip
    other = make_workspace(alice, name="Table")
    User.objects.filter(pk=alice.pk).update(max_workspaces=1)
    with pytest.raises(Conflict) as refused:
        services.workspace_delete(actor_of(alice), other, keep_files=True)
    assert refused.value.code == "KEPT_LIMIT"
    other.refresh_from_db()
    assert other.state == "running"


def test_deleting_them_removes_the_volume(kept: KeptFiles, alice: User, engine: FakeEngine, actor_of: ActorOf,
                                          django_capture_on_commit_callbacks: object) -> None:  # fmt: skip
    kept_files_delete(actor_of(alice), kept.public_id)
    kept_remove(kept.public_id, engine)
    assert engine.volume_files == {}
    assert not KeptFiles.objects.exists()
    kept_remove(kept.public_id, engine)  # late and twice


def test_what_is_not_to_be_removed_stays(kept: KeptFiles, engine: FakeEngine) -> None:
    kept_remove(kept.public_id, engine)
    assert len(engine.volume_files) == 1


def test_the_sweep_removes_what_a_lost_task_did_not(kept: KeptFiles, alice: User, engine: FakeEngine,
                                                    actor_of: ActorOf) -> None:  # fmt: skip
    kept_files_delete(actor_of(alice), kept.public_id)
    engine.faults.append(Fault("remove_volume", EngineError("busy")))
    assert kept_resend(engine) == 0
    assert kept_resend(engine) == 1
    assert engine.volume_files == {}


def test_files_being_removed_are_given_to_nobody(kept: KeptFiles, alice: User, make_workspace: MakeWorkspace,
                                                 actor_of: ActorOf) -> None:  # fmt: skip
    kept_files_delete(actor_of(alice), kept.public_id)
    assert make_workspace(alice, name="Desk").public_id != kept.public_id


def test_a_stranger_can_neither_see_nor_delete_them(kept: KeptFiles, bob: User, actor_of: ActorOf) -> None:
    with pytest.raises(NotFound):
        kept_files_delete(actor_of(bob), kept.public_id)
    assert as_(bob).post(f"/workspaces/kept/{kept.public_id}/delete").status_code == 404
    assert "thesis" not in as_(bob).get("/workspaces/").content.decode()
    assert KeptFiles.objects.get().removing is False


def test_staff_deletes_them_in_the_administration(kept: KeptFiles, admin: Client, root: User, alice: User) -> None:
    assert kept.name in admin.get(KEPT).content.decode()
    (said,) = run(admin, KEPT, "discard", kept)
    assert "are being deleted" in said
    assert KeptFiles.objects.get().removing is True
    event = AuditEvent.objects.get(action="files.discard")
    assert (event.actor, event.owner, event.workspace) == (root, alice, kept.public_id)


def test_a_workshop_leader_does_not_see_them(kept: KeptFiles, leader: Client) -> None:
    assert leader.get(KEPT).status_code == 403


def test_the_list_offers_them_and_deleting_asks_first(kept: KeptFiles, alice: User) -> None:
    browser = as_(alice)
    assert f"/workspaces/kept/{kept.public_id}/delete" in browser.get("/workspaces/").content.decode()
    asked = browser.get(f"/workspaces/kept/{kept.public_id}/delete")
    assert asked.status_code == 200 and KeptFiles.objects.get().removing is False
    assert browser.post(f"/workspaces/kept/{kept.public_id}/delete").status_code == 302
    assert KeptFiles.objects.get().removing is True
