"""How much a workspace uses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import Usage
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop
from workspaces.stats import Stats, sampling, stats_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = Usage(NOW, 10.0, 300, 1000, 4, 50, 60, 70, 80)


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "APART_SECONDS", 0)


@pytest.fixture
def usages(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[Usage | None]:
    """What the engine says at each look, one after the other."""
    said: list[Usage | None] = []
    monkeypatch.setattr(engine, "usage", lambda _name: said.pop(0))
    return said


def later(usage: Usage, seconds: float, cpu_seconds: float) -> Usage:
    return replace(usage, at=usage.at + timedelta(seconds=seconds), cpu_seconds=usage.cpu_seconds + cpu_seconds)


def test_the_first_look_takes_two_samples(
    usages: list[Usage | None], alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    usages += [FIRST, later(FIRST, 0.15, 0.3)]
    assert stats_of(actor_of(alice), alices) == Stats(200.0, 300, 1000, 4, 50, 60, 70, 80)


def test_the_next_look_is_one_sample_and_the_time_since(
    usages: list[Usage | None], alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    usages += [FIRST, later(FIRST, 0.15, 0), later(FIRST, 2.15, 1)]
    assert stats_of(actor_of(alice), alices).cpu_percent == 0
    monkeypatch.setattr(sampling._sampled, "seconds", 0.0)
    assert stats_of(actor_of(alice), alices).cpu_percent == 50


@pytest.mark.parametrize(
    "second",
    [later(FIRST, 3600, 5), later(FIRST, 5, -9), later(FIRST, -1, 0)],
    ids=["an old one", "of an earlier life", "of a clock that was set"],
)
def test_a_sample_that_says_nothing_is_not_used(
    usages: list[Usage | None],
    alices: Workspace,
    alice: User,
    actor_of: ActorOf,
    second: Usage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usages += [FIRST, later(FIRST, 0.15, 0), second, later(second, 0.1, 0.1)]
    stats_of(actor_of(alice), alices)
    monkeypatch.setattr(sampling._sampled, "seconds", 0.0)
    assert stats_of(actor_of(alice), alices).cpu_percent == 100
    assert usages == []


def test_thirty_who_look_are_one_question(
    engine: FakeEngine, alices: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling._sampled, "seconds", 60.0)
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: sampling.sampled(alices), range(30)))
    assert len(set(answers)) == 1
    assert engine.calls.count("usage") == 2


def test_looking_wakes_nothing_and_is_no_use(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    workspace_pause(actor_of(alice), alices)
    work()
    alices.refresh_from_db()
    events, used = AuditEvent.objects.count(), alices.last_activity_at
    assert stats_of(actor_of(alice), alices).memory_usage_bytes == 100 * 1024**2
    alices.refresh_from_db()
    assert (alices.state, alices.last_activity_at, AuditEvent.objects.count()) == ("paused", used, events)
    assert engine.states[alices.engine_name].status == "paused"


def test_one_that_does_not_run_uses_nothing(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    workspace_stop(actor_of(alice), alices)
    work()
    assert stats_of(actor_of(alice), alices) == Stats()
    assert "usage" not in engine.calls


def test_one_that_died_meanwhile_uses_nothing(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    engine.crash(alices.engine_name)
    assert stats_of(actor_of(alice), alices) == Stats()


def test_one_that_ends_between_two_samples_uses_nothing(
    usages: list[Usage | None], alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    usages += [FIRST, None]
    assert stats_of(actor_of(alice), alices) == Stats()


def test_an_engine_that_is_away_is_asked_once_however_many_look(
    engine: FakeEngine, alices: Workspace, alice: User, actor_of: ActorOf
) -> None:
    engine.down = True
    before = engine.calls.count("usage")
    for _ in range(5):
        with pytest.raises(Unavailable):
            stats_of(actor_of(alice), alices)
    assert engine.calls.count("usage") == before + 1


def test_a_stranger_finds_nothing(alices: Workspace, charlie: User, actor_of: ActorOf) -> None:
    with pytest.raises(NotFound):
        stats_of(actor_of(charlie), alices)
