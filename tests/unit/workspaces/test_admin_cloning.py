"""Copies of workspaces from the administration: asked for on a page, made by the service, refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from tests.unit.workspaces.administering import WORKSPACES, run
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.models import Workspace


@pytest.fixture(autouse=True)
def room(settings: Any) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 20


def asked(client: Client, *rows: Workspace, **more: str) -> Any:
    return client.post(WORKSPACES, {"action": "clone", "_selected_action": [row.pk for row in rows], **more})


def test_the_page_asks_how_many_and_makes_none(leader: Client, bob: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(bob, name="Prepared")
    page = asked(leader, workspace).content.decode()
    assert "Prepared" in page and 'name="count"' in page and 'max="50"' in page
    assert Workspace.objects.count() == 1


def test_as_many_copies_are_made_as_were_asked_for(leader: Client, bob: User, make_workspace: MakeWorkspace) -> None:
    both = make_workspace(bob, name="One"), make_workspace(bob, name="Other")
    (said,) = run(leader, WORKSPACES, "clone", *both, post="yes", count="2")
    assert said == "4 copies are being made."
    assert set(Workspace.objects.values_list("name", flat=True)) == {
        "One", "One 1", "One 2", "Other", "Other 1", "Other 2"
    }  # fmt: skip
    assert AuditEvent.objects.filter(action="workspace.cloned", actor=bob).count() == 2


@pytest.mark.parametrize("count", ["0", "51", "-1", "many", ""])
def test_a_number_that_will_not_do_is_asked_again(
    count: str, leader: Client, bob: User, make_workspace: MakeWorkspace
) -> None:
    answer = asked(leader, make_workspace(bob), post="yes", count=count)
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    assert Workspace.objects.count() == 1


def test_more_than_there_is_room_for_is_refused_with_the_reason(
    leader: Client, bob: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(bob, name="Prepared")
    (said,) = run(leader, WORKSPACES, "clone", workspace, post="yes", count="50")
    assert said.startswith("Prepared: ")
    assert Workspace.objects.count() == 1


def test_without_an_engine_none_is_made(
    leader: Client, bob: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(bob)
    engine.down = True
    engine_forget()
    (said,) = run(leader, WORKSPACES, "clone", workspace, post="yes", count="1")
    assert "does not answer" in said and Workspace.objects.count() == 1


def test_staff_copies_what_is_protected_without_its_password(
    admin: Client, alice: User, root: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice, password="correct horse")
    run(admin, WORKSPACES, "clone", workspace, post="yes", count="1")
    clone = Workspace.objects.exclude(pk=workspace.pk).get()
    assert (clone.owner, clone.password_encrypted) == (root, "")
