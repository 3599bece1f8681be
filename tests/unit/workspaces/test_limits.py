"""How many workspaces one may have and run, and how large: of the site, of one person, and with limits switched off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from spaces_site.errors import Forbidden, Invalid
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.limits import Places, max_cpus, max_memory_mb, places_of
from workspaces.models import Kind, Share, Workspace
from workspaces.services import workspace_create, workspace_start, workspace_stop
from workspaces.states import State

Create = Callable[..., Workspace]


@pytest.fixture
def create(actor_of: ActorOf, alice: User, code_server: Kind, engine: object) -> Create:
    """One of Alice's, as she is in the database by then."""
    return lambda **sizes: workspace_create(actor_of(User.objects.get(pk=alice.pk)), kind="code-server", **sizes)


def limit(user: User, **limits: float | None) -> None:
    User.objects.filter(pk=user.pk).update(**limits)


@pytest.mark.parametrize(
    ("own", "sizes", "wrong"),
    [
        ({}, {"memory_mb": 8192, "cpus": 4}, set()),
        ({}, {"memory_mb": 8193}, {"memory_mb"}),
        ({}, {"cpus": 4.5}, {"cpus"}),
        ({"max_memory_mb": 16384, "max_cpus": 8}, {"memory_mb": 16384, "cpus": 8}, set()),
        ({"max_memory_mb": 512, "max_cpus": 0.5}, {"memory_mb": 1024, "cpus": 1}, {"memory_mb", "cpus"}),
        ({"max_memory_mb": 512, "max_cpus": 0.5}, {"memory_mb": 512, "cpus": 0.5}, set()),
        ({"max_memory_mb": 512, "max_cpus": 0.5}, {}, {"memory_mb", "cpus"}),  # what the kind recommends is too large
    ],
)
def test_what_one_person_may_have_takes_the_place_of_what_all_may(
    own: dict[str, float], sizes: dict[str, float], wrong: set[str], create: Create, alice: User
) -> None:
    limit(alice, **own)
    if not wrong:
        assert create(**sizes)
        return
    with pytest.raises(Invalid) as refused:
        create(**sizes)
    assert set(refused.value.details) == wrong
    assert not Workspace.objects.exists()


def test_without_limits_sizes_and_running_ones_are_free_and_the_number_is_not(
    create: Create, alice: User, settings: Any
) -> None:
    settings.ENABLE_RESOURCE_LIMITS = False
    settings.MAX_CONCURRENT_WORKSPACES, settings.MAX_WORKSPACES_PER_USER = 1, 3
    create(memory_mb=500_000, cpus=200)
    create()
    create()
    assert places_of(alice) == Places(have=3, may_have=3, run=3, may_run=None)
    with pytest.raises(Forbidden) as refused:
        create()
    assert refused.value.code == "WORKSPACE_LIMIT"


def test_without_limits_what_is_said_of_one_person_counts_all_the_same(
    create: Create, alice: User, settings: Any
) -> None:
    settings.ENABLE_RESOURCE_LIMITS = False
    limit(alice, max_memory_mb=512, max_cpus=1)
    with pytest.raises(Invalid):
        create(memory_mb=1024, cpus=1)
    alice.refresh_from_db()
    assert (max_memory_mb(alice), max_cpus(alice)) == (512, 1)


@pytest.mark.parametrize("own", [0, 1])
def test_none_at_all_is_a_limit_too(own: int, create: Create, alice: User) -> None:
    limit(alice, max_workspaces=own)
    for _ in range(own):
        create()
    with pytest.raises(Forbidden):
        create()


def test_what_is_being_made_counts_and_what_is_being_deleted_does_not(create: Create, alice: User) -> None:
    first = create()
    Workspace.objects.filter(pk=create().pk).update(state=State.STOPPED)
    assert places_of(alice) == Places(have=2, may_have=5, run=1, may_run=5)
    Workspace.objects.filter(pk=first.pk).update(state=State.DELETING)
    left = places_of(alice)
    assert (left, left.is_full, left.may_start) == (Places(1, 5, 0, 5), False, True)


def test_starting_counts_for_the_owner_whoever_starts_it(
    alice: User, bob: User, actor_of: ActorOf, make_workspace: MakeWorkspace
) -> None:
    one, other = make_workspace(alice, name="One"), make_workspace(alice, name="Other")
    Share.objects.create(workspace=other, user=bob)
    workspace_stop(actor_of(alice), other)
    Workspace.objects.filter(pk=other.pk).update(state=State.STOPPED)
    limit(alice, max_running=1)
    with pytest.raises(Forbidden) as refused:
        workspace_start(actor_of(bob), other)
    assert (refused.value.code, refused.value.details) == ("RUNNING_LIMIT", {"limit": 1})
    Workspace.objects.filter(pk=one.pk).update(state=State.STOPPED)
    assert workspace_start(actor_of(bob), other)
    places = places_of(User.objects.get(pk=alice.pk))
    assert (places, places.may_start) == (Places(2, 5, 1, 1), False)


@pytest.mark.django_db(transaction=True)
def test_many_starts_at_once_never_exceed_what_may_run(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 12
    made = [make_workspace(alice, name=f"Number {n}", running=False) for n in range(12)]
    Workspace.objects.update(state=State.STOPPED)
    limit(alice, max_running=3)
    begin, started, refused = threading.Barrier(12), list[str](), list[str]()

    def start(workspace: Workspace) -> None:
        begin.wait()
        try:
            workspace_start(actor_of(alice), workspace)
            started.append(workspace.name)
        except Forbidden as problem:
            refused.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=(workspace,)) for workspace in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(started), refused) == (3, ["RUNNING_LIMIT"] * 9)
