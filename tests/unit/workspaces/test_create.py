"""Making a workspace."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, Unauthenticated, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Operation, Workspace
from workspaces.passwords import password_matches
from workspaces.services import workspace_create, workspace_rename
from workspaces.states import State, Verb

pytestmark = pytest.mark.usefixtures("engine", "code_server")


def test_a_new_workspace_is_a_row_an_operation_and_an_audit_event(
    alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    workspace = workspace_create(actor_of(alice), kind="code-server", name="  First steps ")
    assert (workspace.name, workspace.state, workspace.memory_mb, workspace.cpus) == (
        "First steps",
        State.CREATING,
        2048,
        2,
    )
    operation = Operation.objects.get(workspace=workspace)
    assert (operation.verb, operation.state, operation.actor) == (Verb.CREATE, "queued", alice)
    event = AuditEvent.objects.get(action="workspace.create")
    assert (event.actor, event.workspace, event.address, event.request_id) == (
        alice,
        workspace.public_id,
        "192.0.2.7",
        "request-1",
    )
    assert not engine.states, "a request must not make containers"


def test_the_worker_makes_the_container_its_volume_and_its_network(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    assert workspace.state == State.RUNNING
    state = engine.states[workspace.engine_name]
    assert state.status == "running"
    assert workspace.address == state.address
    assert workspace.container_id == state.id
    assert workspace.started_at is not None
    assert workspace.engine_name in engine.volume_files
    assert workspace.engine_name in engine.network_modes
    spec = engine.specs[workspace.engine_name]
    assert (spec.memory_mb, spec.cpus, spec.pids, spec.user) == (2048, 2, 512, "coder")
    operation = Operation.objects.get(workspace=workspace)
    assert (operation.state, operation.percent, operation.attempts) == ("done", 100, 1)


def test_no_secret_reaches_the_container(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, settings: Any
) -> None:
    workspace = make_workspace(alice, password="correct horse")
    text = repr(engine.specs[workspace.engine_name])
    assert "correct horse" not in text
    assert settings.SECRET_KEY not in text


def test_without_a_name_it_gets_the_next_free_one(alice: User, actor_of: ActorOf) -> None:
    names = [workspace_create(actor_of(alice), kind="code-server").name for _ in range(3)]
    assert names == ["VS Code", "VS Code 2", "VS Code 3"]


def test_a_name_is_taken_in_whatever_case_but_only_for_its_owner(alice: User, bob: User, actor_of: ActorOf) -> None:
    workspace_create(actor_of(alice), kind="code-server", name="Lab")
    with pytest.raises(Conflict) as problem:
        workspace_create(actor_of(alice), kind="code-server", name="LAB")
    assert problem.value.code == "NAME_TAKEN"
    assert workspace_create(actor_of(bob), kind="code-server", name="Lab").owner == bob


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"kind": "excel"}, "KIND_UNKNOWN", "kind"),
        ({"kind": ""}, "KIND_UNKNOWN", "kind"),
        ({"kind": "code-server", "name": "x" * 101}, "NAME_INVALID", "name"),
        ({"kind": "code-server", "name": "two\nlines"}, "NAME_INVALID", "name"),
        ({"kind": "code-server", "password": "short"}, "PASSWORD_INVALID", "password"),
        ({"kind": "code-server", "password": "x" * 51}, "PASSWORD_INVALID", "password"),
        ({"kind": "code-server", "memory_mb": 10**6}, "VALIDATION_ERROR", "memory_mb"),
        ({"kind": "code-server", "cpus": 0.0}, "VALIDATION_ERROR", "cpus"),
        ({"kind": "code-server", "cpus": float("nan")}, "VALIDATION_ERROR", "cpus"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    alice: User, actor_of: ActorOf, options: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as problem:
        workspace_create(actor_of(alice), **options)
    assert problem.value.code == code
    assert field in problem.value.details
    assert not Workspace.objects.exists()


def test_a_kind_that_is_not_offered_is_unknown(alice: User, actor_of: ActorOf, code_server: Kind) -> None:
    Kind.objects.filter(pk=code_server.pk).update(enabled=False)
    with pytest.raises(Invalid, match="no kind"):
        workspace_create(actor_of(alice), kind="code-server")


def test_a_visitor_and_a_locked_account_make_nothing(alice: User, visitor: Actor, actor_of: ActorOf) -> None:
    with pytest.raises(Unauthenticated):
        workspace_create(visitor, kind="code-server")
    alice.is_active = False
    with pytest.raises(Forbidden):
        workspace_create(actor_of(alice), kind="code-server")


def test_without_an_engine_it_is_refused_and_leaves_nothing(alice: User, actor_of: ActorOf, engine: FakeEngine) -> None:
    engine.down = True
    with pytest.raises(Unavailable) as problem:
        workspace_create(actor_of(alice), kind="code-server")
    assert problem.value.code == "SERVICE_UNAVAILABLE"
    assert not Workspace.objects.exists()
    assert not Operation.objects.exists()


def test_the_password_is_not_stored_as_it_is(alice: User, actor_of: ActorOf) -> None:
    workspace = workspace_create(actor_of(alice), kind="code-server", password="correct horse")
    assert "correct" not in workspace.password_encrypted
    assert password_matches(workspace, "correct horse")
    assert not password_matches(workspace, "correct hors")


def test_a_person_has_as_many_workspaces_as_the_limit_says(
    alice: User, actor_of: ActorOf, settings: Any, work: Work
) -> None:
    settings.MAX_WORKSPACES_PER_USER = 2
    workspace_create(actor_of(alice), kind="code-server")
    workspace_create(actor_of(alice), kind="code-server")
    with pytest.raises(Forbidden) as problem:
        workspace_create(actor_of(alice), kind="code-server")
    assert (problem.value.code, problem.value.details) == ("WORKSPACE_LIMIT", {"limit": 2})
    alice.max_workspaces = 3
    alice.save()
    assert workspace_create(actor_of(alice), kind="code-server")


def test_being_created_counts_as_running(alice: User, actor_of: ActorOf, settings: Any) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 1
    workspace_create(actor_of(alice), kind="code-server")
    with pytest.raises(Forbidden) as problem:
        workspace_create(actor_of(alice), kind="code-server")
    assert problem.value.code == "RUNNING_LIMIT"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_never_exceed_the_limit(actor_of: ActorOf, settings: Any, code_server: Kind) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 5
    alice = User.objects.create_user("alice@example.org", "alice")
    made: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(50)

    def create() -> None:
        start.wait()
        try:
            made.append(workspace_create(actor_of(alice), kind="code-server").name)
        except Forbidden as problem:
            refused.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=create) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made)), len(refused)) == (5, 5, 45)
    assert Workspace.objects.count() == 5


def test_a_name_that_only_the_database_finds_taken_is_a_conflict(
    alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL knows letters that are the same in lower case and not in upper case, by which the check asks."""
    other = workspace_create(actor_of(alice), kind="code-server", name="other")
    workspace_create(actor_of(alice), kind="code-server", name="kelvin")
    monkeypatch.setattr("workspaces.services.create.name_check_free", lambda *names, **more: None)
    monkeypatch.setattr("workspaces.services.details.name_check_free", lambda *names, **more: None)
    for ask in (
        lambda: workspace_create(actor_of(alice), kind="code-server", name="Kelvin"),
        lambda: workspace_rename(actor_of(alice), other, "KELVIN"),
    ):
        with pytest.raises(Conflict) as caught:
            ask()
        assert caught.value.code == "NAME_TAKEN"
