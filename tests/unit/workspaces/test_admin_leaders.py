"""Workshop leaders in the administration: their own rows, and of everybody else's not even that there are any."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import AuditEvent, User
from spaces_site.errors import SpacesError
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.workspaces.administering import OPERATIONS, WORKSPACES, run
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import keeping, services
from workspaces.consumers import COME_AGAIN, over
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.models import KeptFiles, Operation, Share, Workspace
from workspaces.nodes import nodes_spaces
from workspaces.selectors import workspace_get, workspaces_visible
from workspaces.stats import stats_of

KEPT = "/admin/workspaces/keptfiles/"


@pytest.fixture
def own(leader: Client, bob: User, make_workspace: MakeWorkspace) -> Workspace:
    """Bob's, who leads workshops."""
    return make_workspace(bob, name="Mine")


@pytest.fixture
def other(alice: User, bob: User, make_workspace: MakeWorkspace) -> Workspace:
    """Alice's, whom Bob does not lead."""
    return make_workspace(alice, name="Hers")


def listed(client: Client, url: str, **asked: str) -> set[Any]:
    answer = client.get(url, asked)
    assert answer.status_code == 200
    return set(answer.context["cl"].queryset)


def test_the_lists_have_what_is_theirs(leader: Client, own: Workspace, other: Workspace) -> None:
    assert listed(leader, WORKSPACES) == {own}
    assert listed(leader, WORKSPACES, q="hers") == listed(leader, WORKSPACES, q="alice") == set()
    assert {operation.workspace for operation in listed(leader, OPERATIONS)} == {own}
    page = leader.get(WORKSPACES).content.decode()
    assert "Hers" not in page and "owner__id__exact" not in page, "nor a choice of people"


def test_what_is_shared_with_them_is_not_in_their_list(
    leader: Client, bob: User, own: Workspace, other: Workspace
) -> None:
    Share.objects.create(workspace=other, user=bob, role=Share.Role.EDITOR)
    assert listed(leader, WORKSPACES) == {own}


@pytest.mark.parametrize("rest", ["change/", "delete/", "history/"])
def test_by_address_anothers_is_not_found(
    rest: str, leader: Client, own: Workspace, other: Workspace
) -> None:
    operation = Operation.objects.filter(workspace=other).earliest("created_at")
    for url in (f"{WORKSPACES}{other.pk}/{rest}", f"{OPERATIONS}{operation.pk}/{rest}"):
        for answer in (leader.get(url), leader.post(url, {"post": "yes", "name": "Stolen"})):
            assert answer.status_code in (302, 403)
            assert answer.status_code == 403 or answer.headers["Location"] == "/admin/"
    other.refresh_from_db()
    assert (other.name, other.state) == ("Hers", "running")


@pytest.mark.parametrize("action", ["start", "stop", "restart", "pause", "clone", "delete_selected"])
def test_an_action_on_others_does_nothing(
    action: str, leader: Client, own: Workspace, other: Workspace
) -> None:
    run(leader, WORKSPACES, action, other, post="yes", count="3")
    assert set(Workspace.objects.values_list("name", "state")) == {("Mine", "running"), ("Hers", "running")}
    assert not AuditEvent.objects.filter(workspace=other.public_id, actor=own.owner).exists()


def test_nobody_is_offered_as_a_choice(leader: Client, other: Workspace) -> None:
    for app, model, field in (
        ("workspaces", "workspace", "owner"), ("workspaces", "operation", "workspace"),
        ("workspaces", "operation", "actor"), ("workspaces", "share", "user"), ("accounts", "auditevent", "actor"),
    ):  # fmt: skip
        asked = {"app_label": app, "model_name": model, "field_name": field, "term": ""}
        answer = leader.get("/admin/autocomplete/", asked)
        assert answer.status_code in (403, 404) or answer.json()["results"] == []


def test_more_rights_are_not_more_rows(leader: Client, bob: User, other: Workspace) -> None:
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_keptfiles", "delete_keptfiles"]))
    kept = KeptFiles.objects.create(owner=other.owner, name="Old", public_id="abcdefghijkl", kind=other.kind)
    assert listed(leader, KEPT) == set()
    run(leader, KEPT, "discard", kept)
    kept.refresh_from_db()
    assert kept.removing is False


def test_staff_without_the_group_sees_all_as_before(
    bob: User, alice: User, make_workspace: MakeWorkspace
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_workspace", "view_operation"]))
    workspace = make_workspace(alice)
    assert listed(as_(bob), WORKSPACES) == {workspace}
    assert listed(as_(bob), OPERATIONS)


def refused(attempt: Any) -> str:
    with pytest.raises(SpacesError) as caught:
        attempt()
    return caught.value.code


def test_on_the_pages_and_in_services_a_leader_is_nobody_special(
    leader: Client, bob: User, own: Workspace, other: Workspace, actor_of: ActorOf
) -> None:
    actor = actor_of(User.objects.get(pk=bob.pk))
    assert list(workspaces_visible(actor)) == [own]
    assert refused(lambda: workspace_get(actor, other.public_id)) == "WORKSPACE_NOT_FOUND"
    for service in (services.workspace_stop, services.workspace_delete, stats_of):
        assert refused(lambda service=service: service(actor, other)) == "WORKSPACE_NOT_FOUND"
    kept = KeptFiles.objects.create(owner=other.owner, name="Old", public_id="abcdefghijkl", kind=other.kind)
    assert refused(lambda: keeping.kept_files_delete(actor, kept.public_id)) == "KEPT_FILES_NOT_FOUND"
    assert nodes_spaces(actor) == []
    assert leader.get(f"/workspaces/{other.public_id}/").status_code == 404
    assert leader.get(f"/workspaces/{own.public_id}/").status_code == 200
    assert "/admin/" in leader.get("/workspaces/").content.decode()


def test_the_audit_has_what_is_theirs(leader: Client, own: Workspace, other: Workspace) -> None:
    page = leader.get("/audit/").content.decode()
    assert "Mine" in page and "Hers" not in page
    events = leader.get("/api/audit").json()["events"]
    assert "Mine" in str(events) and "Hers" not in str(events)


def test_the_api_lists_what_is_theirs(leader: Client, own: Workspace, other: Workspace) -> None:
    assert leader.get("/api/projects?all=true").status_code == 403
    spaces = leader.get("/api/spaces?all=true").json()
    assert "Hers" not in str(spaces) and "Mine" in str(spaces)
    assert leader.get("/api/v1/users/me").json()["data"]["is_admin"] is False


def test_at_the_gateway_a_leader_does_not_get_in(bob: User, own: Workspace, other: Workspace) -> None:
    for workspace, gets_in in ((own, True), (other, False)):
        key = session_open(workspace, workspace.public_id, user=bob, session_key="")
        target = Target(workspace.public_id, None, workspace.public_id)
        if gets_in:
            assert authorise(target, (key,), "", None).user_id == bob.pk
        else:
            with pytest.raises(SpacesError):
                authorise(target, (key,), "", None)


class Open:
    """A live page as `over` sees it."""

    def __init__(self, user: User, *, is_staff: bool) -> None:
        self.user_id, self.is_staff, self.session_key = user.pk, is_staff, ""


def test_who_becomes_a_leader_hears_of_their_own_alone(
    leader: Client, bob: User, root: User, settings: Any
) -> None:
    """A page that was open while they were staff is told to come again."""
    settings.AUTH_DISABLED = True  # or the pages would need sessions
    before, after, staff = Open(bob, is_staff=True), Open(bob, is_staff=False), Open(root, is_staff=True)
    assert over([before, after, staff]) == [(before, COME_AGAIN)]  # type: ignore[list-item]
