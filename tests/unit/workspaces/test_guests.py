"""Guests in workspaces: they work in the one that they were let into, and nothing else is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Forbidden, Invalid, NotFound, SpacesError
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces import services
from workspaces.gateway.audience import workspace_enterable
from workspaces.gateway.authorise import authorise
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_open
from workspaces.models import PortShare, Share, Workspace, WorkspaceGroup
from workspaces.services.bulk import bulk_request
from workspaces.services.cloning import workspace_clone
from workspaces.services.groups import group_add, group_rename, workspace_group_set, workspaces_move
from workspaces.services.keyed import container_start
from workspaces.states import Verb

Attempt = Callable[[Actor, Workspace], Any]
MAKES: dict[str, Attempt] = {
    "a workspace": lambda actor, _seat: services.workspace_create(actor, kind="code-server"),
    "one by a program": lambda actor, _seat: container_start(actor, "shop", "backend"),
    "a copy": lambda actor, seat: workspace_clone(actor, seat, count=1),
    "a group": lambda actor, _seat: group_add(actor, "Mine"),
    "another name of a group": lambda actor, _seat: group_rename(actor, 1, "Mine"),
    "a move": lambda actor, seat: workspaces_move(actor, [seat.public_id], None),
    "many at once": lambda actor, seat: bulk_request(actor, Verb.STOP, [seat.public_id]),
    "leaving it": lambda actor, seat: services.share_remove(actor, seat, actor.user.pk if actor.user else 0),
}
MANAGES: dict[str, Attempt] = {
    "sharing": lambda actor, seat: services.share_add(actor, seat, "bob"),
    "a role": lambda actor, seat: services.share_role_set(actor, seat, 1, "viewer"),
    "a group for it": lambda actor, seat: workspace_group_set(actor, seat, "Mine"),
    "its name": lambda actor, seat: services.workspace_rename(actor, seat, "Mine"),
    "its end": services.workspace_delete,
}


@pytest.fixture
def seat(alice: User, guest: User, make_workspace: MakeWorkspace) -> Workspace:
    """Alice's, where the guest sits."""
    made = make_workspace(alice, name="Seat 1")
    Share.objects.create(workspace=made, user=guest, role=Share.Role.EDITOR)
    return made


@pytest.mark.parametrize("name", MAKES)
def test_what_a_guest_makes(name: str, guest: User, seat: Workspace, actor_of: ActorOf) -> None:
    """Whatever the limits of their account say."""
    User.objects.filter(pk=guest.pk).update(max_workspaces=None, max_running=None)
    guest.refresh_from_db()
    with pytest.raises(Forbidden) as refused:
        MAKES[name](actor_of(guest), seat)
    assert refused.value.code == "GUEST"
    assert (Workspace.objects.count(), Share.objects.count(), WorkspaceGroup.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("name", MANAGES)
def test_the_seat_stays_its_leaders(name: str, guest: User, seat: Workspace, actor_of: ActorOf) -> None:
    with pytest.raises(Forbidden) as refused:
        MANAGES[name](actor_of(guest), seat)
    assert refused.value.code == "OWNER_ONLY"
    seat.refresh_from_db()
    assert (seat.name, seat.state, seat.group) == ("Seat 1", "running", None)


def test_they_work_in_it(guest: User, seat: Workspace, actor_of: ActorOf) -> None:
    key = session_open(seat, seat.public_id, user=guest, session_key="")
    assert authorise(Target(seat.public_id, None, seat.public_id), (key,), "", None).user_id == guest.pk
    services.workspace_restart(actor_of(guest), seat)
    services.workspace_favorite(actor_of(guest), seat, True)


@pytest.mark.parametrize("name", ["Gina #0a1b2c", "gina #0A1B2C", "guest-0a1b2c@guests.invalid"])
def test_nobody_finds_a_guest_by_name(
    name: str, guest: User, bob: User, make_workspace: MakeWorkspace, actor_of: ActorOf
) -> None:
    workspace = make_workspace(bob)
    with pytest.raises(Invalid) as refused:
        services.share_add(actor_of(bob), workspace, name)
    assert refused.value.code == "USER_NOT_FOUND"


def test_the_leader_may_let_a_guest_only_look_and_take_the_seat_back(
    guest: User, alice: User, seat: Workspace, actor_of: ActorOf
) -> None:
    assert services.share_role_set(actor_of(alice), seat, guest.pk, "viewer").role == "viewer"
    services.share_remove(actor_of(alice), seat, guest.pk)
    assert not Share.objects.exists()


def test_what_is_open_to_people_with_an_account_is_not_open_to_guests(
    guest: User, bob: User, charlie: User, make_workspace: MakeWorkspace, actor_of: ActorOf
) -> None:
    workspace = make_workspace(bob)
    PortShare.objects.create(workspace=workspace, port=5000, audience=PortShare.Audience.PEOPLE)
    target = Target(workspace.public_id, 5000, workspace.public_id)
    assert workspace_enterable(actor_of(charlie), workspace.public_id, 5000) == workspace
    with pytest.raises(NotFound):
        workspace_enterable(actor_of(guest), workspace.public_id, 5000)
    key = session_open(workspace, workspace.public_id, user=guest, session_key="")
    with pytest.raises(SpacesError):
        authorise(target, (key,), "", None)
