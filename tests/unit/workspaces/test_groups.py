"""Groups of workspaces: add, rename, delete, move, back again; what is another's is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.accounts_fixtures import ActorOf
from tests.unit.accounts.racing import race
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Kind, Share, Workspace, WorkspaceGroup
from workspaces.services import groups

MakeMany = Callable[..., list[Workspace]]


@pytest.fixture
def many(make_workspace: MakeWorkspace) -> MakeMany:
    def make(owner: User, *names: str) -> list[Workspace]:
        return [make_workspace(owner, running=False, name=name) for name in names]

    return make


def group_of(workspace: Workspace) -> str:
    workspace.refresh_from_db()
    return workspace.group.name if workspace.group else ""


def test_a_group_may_be_empty_and_adding_it_twice_is_one(alice: User, actor_of: ActorOf) -> None:
    first = groups.group_add(actor_of(alice), "  Compiler   course ")
    assert (first.name, first.workspaces.count()) == ("Compiler course", 0)
    assert groups.group_add(actor_of(alice), "COMPILER COURSE") == first
    assert AuditEvent.objects.get(action="group.add").meta == {"group": "Compiler course"}


@pytest.mark.parametrize("name", ["", "  ", "uncategorized", "a" * 51, "<b>", "Übung", "a\0b", "a/b"])
def test_what_is_no_name_is_refused(name: str, alice: User, actor_of: ActorOf) -> None:
    group = groups.group_add(actor_of(alice), "Lab")
    with pytest.raises(Invalid) as adding:
        groups.group_add(actor_of(alice), name)
    with pytest.raises(Invalid) as renaming:
        groups.group_rename(actor_of(alice), group.pk, name)
    assert adding.value.code == renaming.value.code == "GROUP_INVALID"
    assert WorkspaceGroup.objects.get() == group


def test_nobody_has_more_groups_than_may_be(alice: User, bob: User, actor_of: ActorOf) -> None:
    WorkspaceGroup.objects.bulk_create(
        WorkspaceGroup(owner=alice, name=f"Group {number}") for number in range(groups.MOST_GROUPS)
    )
    with pytest.raises(Conflict) as problem:
        groups.group_add(actor_of(alice), "One more")
    assert problem.value.code == "GROUP_LIMIT"
    assert groups.group_add(actor_of(alice), "group 7").name == "Group 7"
    assert groups.group_add(actor_of(bob), "One more")


def test_renaming_keeps_what_is_in_it(alice: User, actor_of: ActorOf, many: MakeMany) -> None:
    [workspace] = many(alice, "One")
    group = groups.workspace_group_set(actor_of(alice), workspace, "Lab")
    assert group is not None
    assert groups.group_rename(actor_of(alice), group.pk, "LAB").name == "LAB"
    groups.group_rename(actor_of(alice), group.pk, "LAB")  # twice is one change
    assert group_of(workspace) == "LAB"
    assert AuditEvent.objects.get(action="group.rename").meta == {"group": "LAB", "before": "Lab"}


def test_two_groups_of_one_person_never_have_the_same_name(alice: User, bob: User, actor_of: ActorOf) -> None:
    groups.group_add(actor_of(alice), "Lab")
    other = groups.group_add(actor_of(alice), "Other")
    groups.group_add(actor_of(bob), "Other")
    with pytest.raises(Conflict) as problem:
        groups.group_rename(actor_of(alice), other.pk, "lab")
    assert problem.value.code == "GROUP_TAKEN"
    other.refresh_from_db()
    assert other.name == "Other"


def test_deleting_a_group_leaves_its_workspaces(alice: User, actor_of: ActorOf, many: MakeMany) -> None:
    workspaces = many(alice, "One", "Two")
    group = groups.group_add(actor_of(alice), "Lab")
    groups.workspaces_move(actor_of(alice), [one.public_id for one in workspaces], group)
    groups.group_delete(actor_of(alice), group.pk)
    assert [group_of(one) for one in workspaces] == ["", ""]
    assert AuditEvent.objects.get(action="group.delete").meta == {"group": "Lab", "workspaces": 2}
    with pytest.raises(NotFound):
        groups.group_delete(actor_of(alice), group.pk)


def test_anothers_group_is_not_there(alice: User, charlie: User, root: User, visitor: Actor, actor_of: ActorOf) -> None:
    group = groups.group_add(actor_of(alice), "Lab")
    for actor in (actor_of(charlie), actor_of(root)):
        for ask in (groups.group_get, groups.group_delete, lambda who, pk: groups.group_rename(who, pk, "Mine")):
            with pytest.raises(NotFound):
                ask(actor, group.pk)
        with pytest.raises(NotFound):
            groups.workspaces_move(actor, [], group)
    with pytest.raises(Unauthenticated):
        groups.group_add(visitor, "Lab")
    group.refresh_from_db()
    assert group.name == "Lab"


def test_several_move_together_and_each_is_written_down(alice: User, actor_of: ActorOf, many: MakeMany) -> None:
    one, two, there = many(alice, "One", "Two", "There")
    lab = groups.group_add(actor_of(alice), "Lab")
    groups.workspaces_move(actor_of(alice), [there.public_id], lab)
    before = AuditEvent.objects.count()
    moved = groups.workspaces_move(actor_of(alice), [one.public_id, two.public_id, two.public_id, there.public_id], lab)
    assert moved.names == ["One", "Two"], "what is there already is not moved"
    assert moved.before == {one.public_id: None, two.public_id: None}
    events = AuditEvent.objects.filter(action="workspace.group").exclude(workspace=there.public_id)
    assert AuditEvent.objects.count() == before + 2
    assert {(event.workspace, event.meta["group"]) for event in events} == {
        (one.public_id, "Lab"), (two.public_id, "Lab")
    }  # fmt: skip
    assert groups.workspaces_move(actor_of(alice), [one.public_id], lab).names == []
    assert groups.workspaces_move(actor_of(alice), [one.public_id], None).before == {one.public_id: lab.pk}
    assert group_of(one) == ""


def test_back_is_where_each_was(alice: User, actor_of: ActorOf, many: MakeMany) -> None:
    actor, (one, two, three) = actor_of(alice), many(alice, "One", "Two", "Three")
    for workspace, name in ((one, "A"), (two, "B")):
        groups.workspace_group_set(actor, workspace, name)
    moved = groups.workspaces_move(actor, [w.public_id for w in (one, two, three)], groups.group_add(actor, "C"))
    groups.group_delete(actor, WorkspaceGroup.objects.get(name="B").pk)
    back = groups.workspaces_move_back(actor, moved.before)
    assert sorted(back.names) == ["One", "Three", "Two"]
    assert [group_of(w) for w in (one, two, three)] == ["A", "", ""], "a group that is gone is none"


def test_only_ones_own_are_moved_and_only_into_ones_own_groups(
    alice: User, bob: User, charlie: User, actor_of: ActorOf, many: MakeMany
) -> None:
    [workspace] = many(alice, "One")
    Share.objects.create(workspace=workspace, user=bob, role=Share.Role.EDITOR)
    for person in (bob, charlie):
        mine = groups.group_add(actor_of(person), "Mine")
        assert groups.workspaces_move(actor_of(person), [workspace.public_id, "nothing"], mine).names == []
        assert groups.workspaces_move_back(actor_of(person), {workspace.public_id: mine.pk}).names == []
    with pytest.raises(Forbidden):
        groups.workspace_group_set(actor_of(bob), workspace, "Mine")
    with pytest.raises(NotFound):
        groups.workspace_group_set(actor_of(charlie), workspace, "Mine")
    theirs = WorkspaceGroup.objects.get(owner=bob)
    groups.workspaces_move_back(actor_of(alice), {workspace.public_id: theirs.pk})
    assert group_of(workspace) == ""


def test_a_thousand_at_once_are_refused_and_rubbish_is_nothing(alice: User, actor_of: ActorOf) -> None:
    with pytest.raises(Invalid) as problem:
        groups.workspaces_move(actor_of(alice), [f"a{number:011}" for number in range(1000)], None)
    assert problem.value.code == "BULK_LIMIT"
    assert groups.workspaces_move(actor_of(alice), ["", "\0", "%00", "a'b", "ä" * 12, "x" * 5000], None).names == []


@pytest.mark.django_db(transaction=True)
def test_a_group_that_is_deleted_while_workspaces_move_into_it_takes_none_along(
    alice: User, actor_of: ActorOf, engine: object, code_server: Kind
) -> None:
    size = {"memory_mb": 512, "cpus": 1, "kind": code_server}
    made = [Workspace.objects.create(owner=alice, name=f"Seat {number}", **size) for number in range(8)]
    lab, actor = groups.group_add(actor_of(alice), "Lab"), actor_of(alice)

    def turn(number: int) -> None:
        if number == 4:
            groups.group_delete(actor, lab.pk)
        elif number % 2:
            groups.workspace_group_set(actor, made[number], "Lab")
        else:
            groups.workspaces_move(actor, [made[number].public_id], lab)

    errors = [answer for answer in race(8, turn) if answer is not None]
    assert {type(error) for error in errors} <= {NotFound}, errors
    assert not WorkspaceGroup.objects.filter(pk=lab.pk).exists()
    assert Workspace.objects.count() == 8
    assert set(Workspace.objects.values_list("group__name", flat=True)) <= {None, "Lab"}  # one made anew by its name
