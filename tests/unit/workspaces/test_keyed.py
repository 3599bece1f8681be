"""Workspaces that a program calls by a pair of its own."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from spaces_site.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import Work
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.models import ContainerKey, Kind, Operation, Share, Workspace
from workspaces.services import workspace_create, workspace_delete, workspace_pause, workspace_stop
from workspaces.services.keyed import container_find, container_start
from workspaces.states import State

pytestmark = pytest.mark.usefixtures("engine", "code_server")


def test_what_does_not_exist_is_made_and_what_does_is_found(alice: User, actor_of: ActorOf, work: Work) -> None:
    actor = actor_of(alice)
    with pytest.raises(NotFound) as caught:
        container_find(actor, "shop", "backend")
    assert caught.value.code == "CONTAINER_NOT_FOUND"
    first = container_start(actor, "shop", "backend")
    assert first.is_new and first.workspace.kind.slug == "code-server" and first.workspace.name == "shop-backend"
    work()
    again = container_start(actor, "shop", "backend")
    assert (again.is_new, again.workspace) == (False, first.workspace)
    assert container_find(actor, "shop", "backend") == first.workspace
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("rest", [workspace_stop, workspace_pause])
def test_one_that_rests_is_started(rest: Any, alice: User, actor_of: ActorOf, work: Work) -> None:
    workspace = container_start(actor_of(alice), "shop", "backend").workspace
    work()
    rest(actor_of(alice), workspace)
    work()
    assert container_start(actor_of(alice), "shop", "backend").workspace.state == State.STARTING
    work()
    assert container_find(actor_of(alice), "shop", "backend").state == State.RUNNING


def test_each_has_their_own_under_the_same_pair(
    alice: User, bob: User, root: User, actor_of: ActorOf, work: Work
) -> None:
    of_alice = container_start(actor_of(alice), "shop", "backend").workspace
    Share.objects.create(workspace=of_alice, user=bob)
    for other in (bob, root):  # who may see it calls his own by that pair, not hers
        with pytest.raises(NotFound):
            container_find(actor_of(other), "shop", "backend")
        assert container_start(actor_of(other), "shop", "backend").workspace.owner == other
    assert Workspace.objects.count() == 3


def test_nobody_has_none(actor_of: ActorOf, db: None) -> None:
    for ask in (container_find, container_start):
        with pytest.raises(Unauthenticated):
            ask(actor_of(None), "shop", "backend")


@pytest.mark.parametrize(
    ("project", "key", "name"),
    [
        ("shop", "backend", "shop-backend"),
        ("a/b c", "../d", "a-b-c-d"),
        ("über", "Größe_2", "über-Größe_2"),
        ("💥", "\x07", "container"),
        ("x" * 200, "y" * 200, "x" * 95),
    ],
)
def test_a_new_one_is_called_after_its_pair(
    project: str, key: str, name: str, alice: User, actor_of: ActorOf, work: Work
) -> None:
    assert container_start(actor_of(alice), project, key).workspace.name == name


def test_a_name_that_is_taken_gets_a_number(alice: User, actor_of: ActorOf) -> None:
    workspace_create(actor_of(alice), kind="code-server", name="Shop-Backend")
    assert container_start(actor_of(alice), "shop", "backend").workspace.name == "shop-backend 2"
    assert container_start(actor_of(alice), "shop/backend", "").workspace.name == "shop-backend 3"


def test_a_deleted_one_is_made_anew(alice: User, actor_of: ActorOf, work: Work) -> None:
    before = container_start(actor_of(alice), "shop", "backend").workspace
    work()
    workspace_delete(actor_of(alice), before)
    work()
    after = container_start(actor_of(alice), "shop", "backend")
    assert after.is_new and after.workspace.public_id != before.public_id


def test_a_limit_or_a_silent_engine_leaves_no_pair_behind(
    alice: User, actor_of: ActorOf, engine: FakeEngine, settings: Any
) -> None:
    settings.MAX_WORKSPACES_PER_USER = 0
    with pytest.raises(Forbidden):
        container_start(actor_of(alice), "shop", "backend")
    settings.MAX_WORKSPACES_PER_USER = 5
    engine.down = True
    engine_forget()
    with pytest.raises(Unavailable):
        container_start(actor_of(alice), "shop", "backend")
    assert not ContainerKey.objects.exists() and not Workspace.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_starts_at_once_make_one_container(actor_of: ActorOf, code_server: Kind) -> None:
    alice = User.objects.create_user("alice@example.org", "alice")
    found: list[tuple[str, bool]] = []
    begin = threading.Barrier(20)

    def start() -> None:
        begin.wait()
        try:
            started = container_start(actor_of(alice), "shop", "backend")
            found.append((started.workspace.public_id, started.is_new))
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20 and len({public_id for public_id, _ in found}) == 1
    assert [is_new for _, is_new in found].count(True) == 1
    assert Workspace.objects.count() == ContainerKey.objects.count() == Operation.objects.count() == 1
