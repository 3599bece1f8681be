"""Few workspaces start at a time, and nobody waits for a place who needs none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.waiting import eventually
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import services
from workspaces.engine.fake import FakeEngine
from workspaces.lifecycle import turns
from workspaces.models import Operation, Workspace
from workspaces.problems import Superseded
from workspaces.states import State, Step

PLACES = 3
"""The faked engine has two cores."""


@pytest.fixture(autouse=True)
def places(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(turns, "_LOOK_SECONDS", 0.01)
    forget = turns._places.cache_clear
    forget()
    yield
    forget()


@pytest.fixture
def all_taken() -> Iterator[list[turns.Turn]]:
    with ExitStack() as stack:
        yield [stack.enter_context(turns.turn(pytest.fail)) for _ in range(PLACES)]


def test_who_finds_no_place_says_so_and_waits_for_one(all_taken: list[turns.Turn]) -> None:
    told: list[None] = []
    began = threading.Event()

    def start() -> None:
        with turns.turn(lambda: told.append(None)):
            began.set()

    thread = threading.Thread(target=start)
    thread.start()
    eventually(lambda: len(told) > 2, "it is told that somebody waits", 5, every=0.01)
    assert not began.is_set()
    all_taken[0].pass_on()
    assert began.wait(5)
    thread.join()


def test_a_place_is_passed_on_once_whatever_happens(all_taken: list[turns.Turn]) -> None:
    for _ in range(2):
        all_taken[0].pass_on()
    with turns.turn(pytest.fail):
        assert not turns._places().acquire(blocking=False)


def test_who_takes_long_lets_the_next_one_begin(all_taken: list[turns.Turn], monkeypatch: pytest.MonkeyPatch) -> None:
    all_taken[0].pass_on_if_long()
    assert not turns._places().acquire(blocking=False)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    all_taken[0].pass_on_if_long()
    with turns.turn(pytest.fail):
        pass


def test_who_waits_for_nothing_any_more_leaves_without_a_place(all_taken: list[turns.Turn]) -> None:
    def superseded() -> None:
        raise Superseded

    with pytest.raises(Superseded), turns.turn(superseded):
        pytest.fail("there was no place")
    all_taken[0].pass_on()
    with turns.turn(pytest.fail):
        pass


@pytest.mark.django_db
def test_a_new_workspace_shows_that_it_waits(
    alice: User, make_workspace: MakeWorkspace, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    class Full:
        """Refuses twice."""

        def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
            seen.append(Operation.objects.values_list("step", "percent").get())
            return len(seen) > 2

        def release(self) -> None:
            seen.append(("released", 0))

    full = Full()
    monkeypatch.setattr(turns, "_places", lambda: full)
    make_workspace(alice)
    assert seen[2:] == [(Step.QUEUED, 5), ("released", 0)]
    assert Workspace.objects.get().state == State.RUNNING


@pytest.mark.django_db
def test_what_is_paused_goes_on_without_a_place(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, work: Work, all_taken: list[turns.Turn]
) -> None:
    all_taken[0].pass_on()
    workspace = make_workspace(alice)
    services.workspace_pause(actor_of(alice), workspace)
    work()
    with turns.turn(pytest.fail):
        services.workspace_resume(actor_of(alice), workspace)
        work()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
