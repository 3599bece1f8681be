"""A program that the kernel ended for want of memory: noted, said once, and forgotten at the next start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import ActorOf
from tests.waiting import eventually
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import services
from workspaces.engine.base import EngineEvent
from workspaces.engine.fake import FakeEngine
from workspaces.models import Workspace
from workspaces.observe import observe
from workspaces.out_of_memory import AT_MOST_EVERY, TOGETHER, out_of_memory_note
from workspaces.states import State
from workspaces.watch import EngineWatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


def noted(workspace: Workspace) -> datetime | None:
    workspace.refresh_from_db()
    return workspace.out_of_memory_at


def events() -> int:
    return AuditEvent.objects.filter(action="workspace.out_of_memory").count()


def test_the_row_says_when_and_the_workspace_goes_on(alices: Workspace, engine: FakeEngine) -> None:
    at = timezone.now()
    EngineWatch._take(EngineEvent("oom", alices.engine_name, alices.public_id, at), engine)
    assert (noted(alices), alices.state, alices.error_code) == (at, State.RUNNING, "")
    event = AuditEvent.objects.get(action="workspace.out_of_memory")
    assert (event.workspace, event.meta["memory_mb"]) == (alices.public_id, alices.memory_mb)


def test_one_that_is_ended_again_and_again_writes_no_more_than_now_and_then(alices: Workspace) -> None:
    first = timezone.now()
    assert out_of_memory_note(alices.public_id, first)
    for part in (0.0, 0.5, 0.99, -3.0):
        assert not out_of_memory_note(alices.public_id, first + part * AT_MOST_EVERY)
    assert noted(alices) == first
    assert out_of_memory_note(alices.public_id, first + AT_MOST_EVERY)
    assert noted(alices) == first + AT_MOST_EVERY
    assert events() == 1


def test_one_that_is_gone_is_no_error(db: None) -> None:
    assert not out_of_memory_note("nothere00000", timezone.now())


def test_what_was_before_the_last_start_is_of_no_interest(alices: Workspace) -> None:
    assert alices.started_at
    assert not out_of_memory_note(alices.public_id, alices.started_at - timedelta(seconds=1))
    assert noted(alices) is None


@pytest.mark.parametrize("again", ["restart", "stop and start"])
def test_the_next_start_forgets_it(
    again: str, alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    out_of_memory_note(alices.public_id, timezone.now())
    if again == "restart":
        services.workspace_restart(actor_of(alice), alices)
    else:
        services.workspace_stop(actor_of(alice), alices)
        work()
        assert noted(alices) is not None, "why it was stopped is still of interest"
        services.workspace_start(actor_of(alice), alices)
    work()
    assert (noted(alices), alices.state) == (None, State.RUNNING)
    out_of_memory_note(alices.public_id, timezone.now())
    assert events() == 2


def test_a_sleep_is_no_start(alices: Workspace, alice: User, actor_of: ActorOf, work: Work) -> None:
    out_of_memory_note(alices.public_id, timezone.now())
    services.workspace_pause(actor_of(alice), alices)
    work()
    services.workspace_resume(actor_of(alice), alices)
    work()
    assert (noted(alices) is not None, alices.state) == (True, State.RUNNING)


def test_what_ran_out_while_it_was_starting_is_kept(
    alices: Workspace, alice: User, actor_of: ActorOf, work: Work, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = engine.probe

    def probe_and_run_out(*arguments: object) -> bool:
        out_of_memory_note(alices.public_id, timezone.now())
        return probe(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "probe", probe_and_run_out)
    services.workspace_restart(actor_of(alice), alices)
    work()
    assert (noted(alices) is not None, alices.state) == (True, State.RUNNING)


def test_one_that_was_started_from_outside_has_forgotten_it_too(alices: Workspace, engine: FakeEngine) -> None:
    out_of_memory_note(alices.public_id, timezone.now())
    engine.crash(alices.engine_name)
    observe(alices.public_id, engine)
    engine.start(alices.engine_name)
    observe(alices.public_id, engine)
    assert (noted(alices), alices.state) == (None, State.RUNNING)
    assert alices.started_at == engine.states[alices.engine_name].started_at


@pytest.mark.parametrize(
    ("before", "code"),
    [(timedelta(seconds=1), "OUT_OF_MEMORY"), (2 * TOGETHER, "ENDED_OUTSIDE"), (None, "OUT_OF_MEMORY")],
)
def test_an_end_long_after_is_not_put_down_to_it(
    before: timedelta | None, code: str, alices: Workspace, engine: FakeEngine
) -> None:
    """The engine says of every end that the kernel has ended something, if it once has."""
    now = datetime.now(UTC)
    Workspace.objects.update(started_at=now - 3 * TOGETHER)
    if before is not None:
        out_of_memory_note(alices.public_id, now - before)
    engine.crash(alices.engine_name, 143, oom=True)
    engine.states[alices.engine_name] = replace(engine.states[alices.engine_name], finished_at=now)
    assert observe(alices.public_id, engine)
    alices.refresh_from_db()
    assert (alices.state, alices.error_code) == (State.STOPPED, code)
    assert alices.error


@pytest.mark.django_db(transaction=True)
def test_whoever_follows_the_engine_notes_it(alices: Workspace, engine: FakeEngine) -> None:
    watch = EngineWatch()
    watch.start()
    try:
        engine.run_out_of_memory(alices.engine_name)
        eventually(lambda: noted(alices), "it is noted", 10)
        assert alices.state == State.RUNNING
        engine.crash(alices.engine_name, 137, oom=True)
        eventually(lambda: Workspace.objects.get().state == State.STOPPED, "its end is seen", 10)
    finally:
        watch.stop()
        watch.join(10)
    assert Workspace.objects.get().error_code == "OUT_OF_MEMORY"
