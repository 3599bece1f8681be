"""The administration of workspaces: what it changes goes through the services, and each refusal is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from tests.accounts_fixtures import as_
from tests.unit.workspaces.administering import IMAGES, KINDS, OPERATIONS, WORKSPACES, kind_form, run
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.models import ImageBuild, Kind, Operation, Workspace
from workspaces.services import workspace_stop
from workspaces.states import State


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.mark.parametrize(
    "url",
    ["/admin/", WORKSPACES, KINDS, f"{KINDS}add/", OPERATIONS, IMAGES, f"{WORKSPACES}?q=alice", f"{OPERATIONS}?q=alice",
     f"{WORKSPACES}?state__exact=running", f"{OPERATIONS}?verb__exact=create", f"{KINDS}?q=code", f"{IMAGES}?q=x"],
)  # fmt: skip
def test_the_pages_open_search_and_filter(url: str, admin: Client, alice: User, make_workspace: MakeWorkspace) -> None:
    make_workspace(alice)
    ImageBuild.objects.create(ref="spaces/code-server", state="building", percent=40)
    assert admin.get(url).status_code == 200


@pytest.mark.parametrize("by", ["Prepared", "alice@example.org", "public id"])
def test_a_workspace_is_found_by_name_owner_and_id(
    by: str, admin: Client, alice: User, bob: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, name="Prepared one")
    make_workspace(bob, name="another")
    wanted = workspace.public_id if by == "public id" else by
    found = admin.get(WORKSPACES, {"q": wanted}).context["cl"].queryset
    assert list(found) == [workspace]


@pytest.mark.parametrize("url", [WORKSPACES, KINDS, OPERATIONS, IMAGES])
def test_more_rows_are_not_more_queries(
    url: str, admin: Client, alice: User, bob: User, make_workspace: MakeWorkspace, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 50

    def more(count: int) -> None:
        for number in range(count):
            make_workspace(alice if number % 2 else bob, running=False)
            name = f"k{Kind.objects.count()}"
            Kind.objects.create(slug=name, title=name, description="", image=f"example/{name}")
            ImageBuild.objects.create(ref=f"example/{name}")

    more(2)
    admin.get(url)
    few = queries(admin, url)
    more(8)
    assert queries(admin, url) == few


def test_a_workspace_shows_its_facts_and_its_operations(
    admin: Client, alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, password="a long password")
    page = admin.get(f"{WORKSPACES}{workspace.pk}/change/").content.decode()
    assert workspace.engine_name in page and "Create" in page
    assert workspace.password_encrypted not in page and "a long password" not in page


@pytest.mark.parametrize("action, after", [("stop", "stopped"), ("pause", "paused"), ("restart", "running")])
def test_an_action_asks_the_service_for_each(
    action: str,
    after: str,
    admin: Client,
    alice: User,
    bob: User,
    root: User,
    make_workspace: MakeWorkspace,
    work: Work,
) -> None:
    both = make_workspace(alice), make_workspace(bob)
    (said,) = run(admin, WORKSPACES, action, *both)
    assert "2 workspaces" in said
    assert AuditEvent.objects.filter(action=f"workspace.{action}", actor=root).count() == 2
    work()
    assert set(Workspace.objects.values_list("state", flat=True)) == {after}


def test_each_refusal_is_said_with_its_reason(
    admin: Client, alice: User, make_workspace: MakeWorkspace, work: Work
) -> None:
    running, stopped = make_workspace(alice, name="runs"), make_workspace(alice, name="stands")
    workspace_stop(Actor(alice, "browser"), stopped)
    work()
    done, refused = run(admin, WORKSPACES, "pause", running, stopped)
    assert "1 workspace" in done
    assert refused == "stands: This cannot be done now: the workspace is stopped."


def test_without_an_engine_every_action_is_refused_and_nothing_moves(
    admin: Client, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    engine.down = True
    engine_forget()
    (said,) = run(admin, WORKSPACES, "stop", workspace)
    assert "does not answer" in said
    admin.post(f"{WORKSPACES}{workspace.pk}/delete/", {"post": "yes"})
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING


def test_deleting_several_asks_first_and_then_goes_through_the_service(
    admin: Client, alice: User, make_workspace: MakeWorkspace, work: Work, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, name="Precious")
    asked = admin.post(WORKSPACES, {"action": "delete_selected", "_selected_action": [workspace.pk]})
    assert "Precious of alice: all its files" in asked.content.decode()
    assert not Operation.objects.filter(verb="delete").exists()
    run(admin, WORKSPACES, "delete_selected", workspace, post="yes")
    workspace.refresh_from_db()
    assert workspace.state == State.DELETING, "the worker removes the row, after the container"
    work()
    assert not Workspace.objects.exists() and not engine.states and not engine.volume_files


def test_the_page_for_deleting_one_goes_through_the_service(
    admin: Client, alice: User, make_workspace: MakeWorkspace, work: Work, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    assert "all its files" in admin.get(f"{WORKSPACES}{workspace.pk}/delete/").content.decode()
    assert admin.post(f"{WORKSPACES}{workspace.pk}/delete/", {"post": "yes"}).status_code == 302
    work()
    assert not Workspace.objects.exists() and not engine.volume_files
    assert AuditEvent.objects.filter(action="workspace.delete").count() == 1


def test_the_name_is_all_that_can_be_changed(admin: Client, alice: User, bob: User, make_workspace: Any) -> None:
    workspace = make_workspace(alice, name="before")
    form = {"name": "after", "state": "stopped", "owner": bob.pk, "memory_mb": 1}
    inline = {f"operations-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert admin.post(f"{WORKSPACES}{workspace.pk}/change/", form | inline).status_code == 302
    changed = Workspace.objects.get()
    assert (changed.name, changed.state, changed.owner, changed.memory_mb) == ("after", "running", alice, 2048)
    assert AuditEvent.objects.get(action="workspace.rename").meta["name"] == "after"


def test_a_name_that_is_taken_is_refused_at_the_field(
    admin: Client, alice: User, make_workspace: MakeWorkspace, settings: Any
) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 9
    workspace, _other = make_workspace(alice, name="mine"), make_workspace(alice, name="taken")
    inline = {f"operations-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = admin.post(f"{WORKSPACES}{workspace.pk}/change/", {"name": "TAKEN", **inline})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["name"]


def test_workspaces_and_operations_are_not_added_here(admin: Client) -> None:
    for url in (WORKSPACES, OPERATIONS, IMAGES):
        assert admin.get(f"{url}add/").status_code == 403


def test_a_leader_acts_on_their_workspaces_and_only_looks_at_kinds(
    leader: Client, bob: User, make_workspace: MakeWorkspace, work: Work
) -> None:
    workspace = make_workspace(bob)
    kind = workspace.kind
    for url in ("/admin/", WORKSPACES, f"{WORKSPACES}{workspace.pk}/change/", KINDS, f"{KINDS}{kind.pk}/change/"):
        assert leader.get(url).status_code == 200
    run(leader, WORKSPACES, "stop", workspace)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.STOPPED
    assert AuditEvent.objects.get(action="workspace.stop").actor == bob
    assert leader.post(f"{KINDS}{kind.pk}/change/", kind_form(title="Mine")).status_code == 403
    assert leader.post(f"{KINDS}{kind.pk}/delete/", {"post": "yes"}).status_code == 403
    run(leader, KINDS, "build", kind)
    assert not ImageBuild.objects.exists()


def test_staff_without_the_right_see_no_action_and_do_nothing(
    alice: User, bob: User, make_workspace: MakeWorkspace
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_workspace"))
    workspace = make_workspace(alice)
    for action in ("stop", "delete_selected"):
        run(as_(bob), WORKSPACES, action, workspace, post="yes")
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    assert as_(bob).get(f"{WORKSPACES}{workspace.pk}/delete/").status_code == 403


def test_what_a_workspace_is_for_and_when_it_rests_is_read(
    admin: Client, alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, starter="python-flask", group="Labs")
    Workspace.objects.update(notes="Bring the sensor", idle_pause_minutes=45, idle_stop_minutes=720)
    text = admin.get(f"{WORKSPACES}{workspace.pk}/change/").content.decode()
    for shown in ("python-flask", "Labs", "Bring the sensor", ">45<", ">720<"):
        assert shown in text


def test_a_password_is_not_asked_of_the_administration(
    admin: Client, alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, password="correct horse")
    run(admin, WORKSPACES, "stop", workspace)
    workspace.refresh_from_db()
    assert workspace.state == State.STOPPING
