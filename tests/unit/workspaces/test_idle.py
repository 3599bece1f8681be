"""What nobody uses: when it is paused and stopped, who may put that off, and the round that does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, User
from spaces_site.errors import Forbidden, Invalid, NotFound
from tests.accounts_fixtures import ActorOf, as_
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import engine_state, services, tasks
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.faults import Killed
from workspaces.idle import SHORTEST, WARNS_BEFORE, idle_of, span_words
from workspaces.leases import leases_void
from workspaces.models import Operation, Share, Workspace
from workspaces.reasons import reason_shown
from workspaces.services import idle as service
from workspaces.services.idle import (
    MOST_HOURS,
    idle_round,
    keep_awake_set,
    workspace_keep_awake,
    workspace_keep_running,
)
from workspaces.states import State, Verb

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEFAULT_PAUSE, DEFAULT_STOP = 2 * HOUR, 12 * HOUR


def row(state: str = State.RUNNING, *, unused: timedelta = timedelta(0), **fields: Any) -> Workspace:
    """A workspace that nobody has used for so long, with the times of the settings unless `fields` say otherwise."""
    return Workspace(state=state, last_activity_at=NOW - unused, **{"state_changed_at": NOW - unused, **fields})


# -- the rule
def test_one_that_runs_is_paused_first_and_stopped_later() -> None:
    idle = idle_of(row(unused=HOUR), NOW)
    assert (idle.pauses_at, idle.stops_at) == (NOW - HOUR + DEFAULT_PAUSE, NOW - HOUR + DEFAULT_STOP)
    assert (idle.due, idle.unused, idle.warns(NOW)) == (None, HOUR, False)


@pytest.mark.parametrize(
    ("state", "unused", "due"),
    [
        (State.RUNNING, DEFAULT_PAUSE - timedelta(seconds=1), None),
        (State.RUNNING, DEFAULT_PAUSE, Verb.PAUSE),
        (State.RUNNING, 100 * HOUR, Verb.PAUSE),
        (State.PAUSED, DEFAULT_PAUSE, None),
        (State.PAUSED, DEFAULT_STOP, Verb.STOP),
        (State.STOPPED, 100 * HOUR, None),
        (State.STARTING, 100 * HOUR, None),
        (State.ERROR, 100 * HOUR, None),
        (State.DELETING, 100 * HOUR, None),
    ],
)
def test_what_is_due_at_which_time(state: State, unused: timedelta, due: Verb | None) -> None:
    assert idle_of(row(state, unused=unused), NOW).due == due


def test_its_own_times_go_before_those_of_the_site(settings: Any) -> None:
    settings.WORKSPACE_TIMEOUT_MINUTES = settings.WORKSPACE_STOP_TIMEOUT_MINUTES = 0
    assert idle_of(row(unused=100 * HOUR), NOW).due is None
    own: dict[str, Any] = {"idle_pause_minutes": 30, "idle_stop_minutes": 60}
    assert idle_of(row(unused=HOUR / 2, **own), NOW).due == Verb.PAUSE
    assert idle_of(row(State.PAUSED, unused=HOUR, **own), NOW).due == Verb.STOP


def test_zero_is_never() -> None:
    never = idle_of(row(unused=1000 * HOUR, idle_pause_minutes=0), NOW)
    assert (never.pauses_at, never.stops_at, never.warns_at, never.due) == (None, None, None, None)
    paused = idle_of(row(State.PAUSED, unused=1000 * HOUR, idle_stop_minutes=0), NOW)
    assert (paused.stops_at, paused.due) == (None, None)
    assert idle_of(row(unused=HOUR, idle_stop_minutes=0), NOW).stops_at is None


def test_one_that_somebody_paused_late_is_not_stopped_at_once() -> None:
    just_paused = row(State.PAUSED, unused=100 * HOUR, state_changed_at=NOW)
    assert idle_of(just_paused, NOW).stops_at == NOW + DEFAULT_STOP - DEFAULT_PAUSE


def test_neither_comes_before_it_is_no_longer_kept_awake() -> None:
    until = NOW + HOUR
    for state in (State.RUNNING, State.PAUSED):
        workspace = row(state, unused=100 * HOUR, keep_awake_until=until)
        assert idle_of(workspace, NOW).due is None
        assert idle_of(workspace, until).due is not None
    idle = idle_of(row(unused=100 * HOUR, keep_awake_until=until), NOW)
    assert (idle.pauses_at, idle.warns_at) == (until, until - WARNS_BEFORE)
    assert idle_of(row(unused=HOUR, keep_awake_until=NOW - HOUR), NOW).pauses_at == NOW - HOUR + DEFAULT_PAUSE


@pytest.mark.parametrize(
    ("minutes", "before"), [(120, timedelta(minutes=10)), (40, timedelta(minutes=10)), (20, timedelta(minutes=5))]
)
def test_the_warning_takes_ten_minutes_or_a_quarter_of_the_time(minutes: int, before: timedelta) -> None:
    idle = idle_of(row(idle_pause_minutes=minutes), NOW)
    assert idle.pauses_at is not None
    assert idle.warns_at == idle.pauses_at - before
    assert not idle.warns(idle.warns_at - timedelta(seconds=1)) and idle.warns(idle.warns_at)


def test_less_than_pages_can_report_is_taken_for_a_little_more() -> None:
    assert idle_of(row(idle_pause_minutes=1), NOW).pauses_at == NOW + SHORTEST


minutes = st.none() | st.integers(0, 5000)
spans = st.integers(0, 10_000).map(lambda seconds: timedelta(minutes=seconds))


@given(st.sampled_from(State.values), spans, minutes, minutes, st.none() | spans)
def test_whatever_the_times_are_the_answer_makes_sense(
    state: str, unused: timedelta, pause: int | None, stop: int | None, awake: timedelta | None
) -> None:
    until = None if awake is None else NOW - timedelta(days=3) + awake
    workspace = row(
        state, unused=unused, idle_pause_minutes=pause, idle_stop_minutes=stop, keep_awake_until=until
    )
    idle = idle_of(workspace, NOW)
    assert idle.due in {State.RUNNING: (None, Verb.PAUSE), State.PAUSED: (None, Verb.STOP)}.get(State(state), (None,))
    if idle.due:
        assert until is None or until <= NOW
        assert unused >= SHORTEST
    if idle.pauses_at and idle.stops_at:
        assert idle.pauses_at <= idle.stops_at
    if idle.warns_at:
        assert idle.pauses_at and timedelta(0) < idle.pauses_at - idle.warns_at <= WARNS_BEFORE
    assert idle_of(workspace, NOW + timedelta(seconds=1)).due or not idle.due, "what is due stays due"


@pytest.mark.parametrize(
    ("span", "words"),
    [(2 * HOUR, "2 h"), (timedelta(minutes=95), "1 h 35 min"), (timedelta(minutes=45, seconds=59), "45 min"),
     (timedelta(0), "1 min"), (30 * HOUR, "30 h")],
)  # fmt: skip
def test_spans_are_said_in_hours_and_minutes(span: timedelta, words: str) -> None:
    assert span_words(span) == words


# -- the round
@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice)


def unused_for(workspace: Workspace, span: timedelta) -> None:
    """As if nobody had used it for so long, nor anything been done to it."""
    at = timezone.now() - span
    Workspace.objects.filter(pk=workspace.pk).update(last_activity_at=at, state_changed_at=at)


def state_of(workspace: Workspace) -> str:
    workspace.refresh_from_db()
    return workspace.state


def test_it_is_paused_then_stopped_and_both_say_why(alices: Workspace, work: Work, engine: FakeEngine) -> None:
    unused_for(alices, DEFAULT_PAUSE)
    assert idle_round() == 1
    assert state_of(alices) == State.PAUSING
    work()
    assert (state_of(alices), engine.states[alices.engine_name].status) == (State.PAUSED, "paused")
    assert (alices.error_code, alices.error) == ("UNUSED", "Nobody had used it for 2 h.")
    assert reason_shown(alices.error) == alices.error
    event = AuditEvent.objects.get(action="workspace.pause")
    assert (event.actor, event.actor_name, event.meta["code"], event.meta["reason"]) == (
        None, "system", "UNUSED", "Nobody had used it for 2 h.",
    )  # fmt: skip
    assert idle_round() == 0, "it was paused just now"

    unused_for(alices, DEFAULT_STOP)
    assert idle_round() == 1
    work()
    assert (state_of(alices), alices.error_code, alices.error) == (
        State.STOPPED, "UNUSED", "Nobody had used it for 12 h.",
    )  # fmt: skip
    assert idle_round() == 0


def test_waking_it_forgets_why_it_slept_and_counts_as_use(
    alices: Workspace, alice: User, actor_of: ActorOf, work: Work
) -> None:
    unused_for(alices, DEFAULT_PAUSE)
    idle_round()
    work()
    services.workspace_start(actor_of(alice), alices)
    work()
    assert (state_of(alices), alices.error, alices.error_code) == (State.RUNNING, "", "")
    assert idle_round() == 0


def test_twice_asks_once(alices: Workspace, work: Work) -> None:
    unused_for(alices, DEFAULT_PAUSE)
    assert (idle_round(), idle_round()) == (1, 0)
    tasks.idle_round()
    work()
    assert Operation.objects.filter(verb=Verb.PAUSE).count() == 1
    assert AuditEvent.objects.filter(action="workspace.pause").count() == 1


def test_one_that_is_used_or_at_work_or_kept_awake_is_left_alone(
    make_workspace: MakeWorkspace, alice: User, actor_of: ActorOf, settings: Any
) -> None:
    used, restarting, awake, never = (make_workspace(alice) for _ in range(4))
    for workspace in (restarting, awake, never):
        unused_for(workspace, 20 * HOUR)
    services.workspace_restart(actor_of(alice), restarting)
    workspace_keep_awake(actor_of(alice), awake, 4)
    Workspace.objects.filter(pk=never.pk).update(idle_pause_minutes=0)
    assert idle_round() == 0
    assert [state_of(one) for one in (used, restarting, awake, never)] == ["running", "starting", "running", "running"]


@pytest.mark.parametrize("what", ["use", "wake", "delete"])
def test_what_happens_in_the_last_moment_counts(
    what: str, alices: Workspace, alice: User, actor_of: ActorOf, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused_for(alices, DEFAULT_PAUSE)
    if what == "wake":
        idle_round()
        work()
        unused_for(alices, DEFAULT_STOP)
    rest = service._rest

    def somebody_was_faster(*arguments: Any) -> bool:
        acts: dict[str, Callable[[], object]] = {
            "use": lambda: workspace_keep_running(actor_of(alice), alices),
            "wake": lambda: services.workspace_start(actor_of(alice), alices),
            "delete": lambda: services.workspace_delete(actor_of(alice), alices),
        }
        acts[what]()
        return rest(*arguments)

    monkeypatch.setattr(service, "_rest", somebody_was_faster)
    assert idle_round() == 0
    assert state_of(alices) == {"use": "running", "wake": "starting", "delete": "deleting"}[what]


def test_it_costs_one_question_for_all_and_none_to_the_engine(
    make_workspace: MakeWorkspace, alice: User, engine: FakeEngine
) -> None:
    counts = []
    for _ in range(2):
        make_workspace(alice)
        make_workspace(alice)
        Workspace.objects.update(last_activity_at=timezone.now() - HOUR)
        engine.calls.clear()
        with CaptureQueriesContext(connection) as queries:
            idle_round()
        counts.append((len(queries), engine.calls))
    assert counts == [(1, []), (1, [])]


def test_killed_in_the_middle_the_next_round_and_worker_go_on(
    make_workspace: MakeWorkspace, alice: User, work: Work, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make_workspace(alice) for _ in range(3)]
    for workspace in made:
        unused_for(workspace, DEFAULT_PAUSE)
    rest, left = service.workspace_rest, [2]

    def killed(*arguments: Any) -> Operation | None:
        left[0] -= 1
        if not left[0]:
            raise Killed("in the middle of the round")
        return rest(*arguments)

    monkeypatch.setattr(service, "workspace_rest", killed)
    with pytest.raises(Killed):
        idle_round()
    monkeypatch.setattr(service, "workspace_rest", rest)
    assert [state_of(one) for one in made].count(State.PAUSING) == 1
    engine.kill_at = (len(engine.calls) + 1, True)
    with pytest.raises(Killed):
        work()
    leases_void()
    assert idle_round() == 2
    work()
    assert {state_of(one) for one in made} == {State.PAUSED}
    assert Operation.objects.filter(verb=Verb.PAUSE).count() == 3


def test_a_silent_engine_leaves_all_as_it_is_for_the_next_round(
    make_workspace: MakeWorkspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    made = [make_workspace(alice) for _ in range(2)]
    for workspace in made:
        unused_for(workspace, DEFAULT_PAUSE)
    engine.down = True
    engine_state.engine_forget()
    engine.calls.clear()
    assert idle_round() == 0
    assert engine.calls.count("ping") <= 1
    assert {state_of(one) for one in made} == {State.RUNNING}
    engine.down = False
    engine_state.engine_forget()
    assert idle_round() == 2


def test_one_that_the_engine_will_not_pause_stops_no_other(
    make_workspace: MakeWorkspace, alice: User, engine: FakeEngine, work: Work
) -> None:
    made = [make_workspace(alice) for _ in range(2)]
    for workspace in made:
        unused_for(workspace, DEFAULT_PAUSE)
    engine.faults.append(Fault("pause", EngineError("no"), times=1))
    engine.faults.append(Fault("pause", EngineUnavailable("away"), times=1, after=True))
    assert idle_round() == 2
    work()
    assert {state_of(one) for one in made} == {State.PAUSED}


def test_one_that_cannot_be_asked_stops_no_other(
    make_workspace: MakeWorkspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make_workspace(alice) for _ in range(2)]
    for workspace in made:
        unused_for(workspace, DEFAULT_PAUSE)
    rest, errors = service.workspace_rest, [NotFound("gone"), ValueError("a bug")]

    def fails_first(*arguments: Any) -> Operation | None:
        if errors:
            raise errors.pop()
        return rest(*arguments)

    monkeypatch.setattr(service, "workspace_rest", fails_first)
    assert (idle_round(), idle_round()) == (0, 2)


# -- putting it off
@pytest.fixture
def shared(alices: Workspace, bob: User) -> Share:
    return Share.objects.create(workspace=alices, user=bob, role=Share.Role.EDITOR)


def test_the_owner_and_staff_keep_it_awake_and_say_so_no_longer(
    alices: Workspace, alice: User, root: User, actor_of: ActorOf
) -> None:
    for user in (alice, root):
        before = timezone.now()
        until = workspace_keep_awake(actor_of(user), alices, 8)
        alices.refresh_from_db()
        assert alices.keep_awake_until == until
        assert until is not None and until - before >= 8 * HOUR
        assert workspace_keep_awake(actor_of(user), alices, 0) is None
        alices.refresh_from_db()
        assert alices.keep_awake_until is None
    events = AuditEvent.objects.filter(action="workspace.keep_awake").order_by("pk")
    assert [bool(event.meta["until"]) for event in events] == [True, False, True, False]


def test_hours_have_a_bound(alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    for hours in (-1, MOST_HOURS + 1, 10**9):
        with pytest.raises(Invalid) as error:
            workspace_keep_awake(actor_of(alice), alices, hours)
        assert error.value.code == "HOURS_INVALID"


def test_strangers_find_nothing_and_others_have_no_say(
    alices: Workspace, bob: User, charlie: User, shared: Share, actor_of: ActorOf
) -> None:
    for act in (workspace_keep_running, lambda actor, one: workspace_keep_awake(actor, one, 4)):
        with pytest.raises(NotFound):
            act(actor_of(charlie), alices)
    with pytest.raises(Forbidden) as error:
        workspace_keep_awake(actor_of(bob), alices, 4)
    assert error.value.code == "OWNER_ONLY"
    workspace_keep_running(actor_of(bob), alices)
    Share.objects.update(role=Share.Role.VIEWER)
    for act in (workspace_keep_running, lambda actor, one: workspace_keep_awake(actor, one, 4)):
        with pytest.raises(Forbidden):
            act(actor_of(bob), alices)
    alices.refresh_from_db()
    assert alices.keep_awake_until is None


def test_a_whole_class_is_kept_awake_at_once(make_workspace: MakeWorkspace, alice: User, root: User,
                                             actor_of: ActorOf) -> None:  # fmt: skip
    made, until = [make_workspace(alice) for _ in range(3)], timezone.now() + 4 * HOUR
    keep_awake_set(actor_of(root), Workspace.objects.all(), until)
    assert {Workspace.objects.get(pk=one.pk).keep_awake_until for one in made} == {until}
    Workspace.objects.update(last_activity_at=timezone.now() - 20 * HOUR)
    assert idle_round() == 0
    keep_awake_set(actor_of(root), made, None)
    assert idle_round() == 3


# -- on pages
def test_the_page_and_the_card_warn_and_a_click_is_enough(alices: Workspace, alice: User) -> None:
    client, page = as_(alice), f"/workspaces/{alices.public_id}/"
    for path in (page, f"{page}card"):
        assert "Keep it running" not in client.get(path).content.decode()
    unused_for(alices, DEFAULT_PAUSE - timedelta(minutes=7, seconds=30))
    for path in (page, f"{page}card"):
        text = client.get(path).content.decode()
        assert "It pauses in 8 minutes, since nobody uses it." in text and "Keep it running" in text
    response = client.post(f"{page}keep-running", {"next": page})
    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert "It pauses in" not in client.get(page).content.decode()
    on_card = client.post(f"{page}keep-running", headers={"HX-Target": f"card-{alices.public_id}"}, follow=True)
    assert on_card.content.decode().lstrip().startswith("<article")


def test_a_viewer_is_warned_without_a_button(alices: Workspace, bob: User, shared: Share) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    unused_for(alices, DEFAULT_PAUSE - timedelta(minutes=5))
    text = as_(bob).get(f"/workspaces/{alices.public_id}/").content.decode()
    assert "It pauses in 5 minutes" in text
    assert "Keep it running" not in text and "Keep awake" not in text
    assert as_(bob).post(f"/workspaces/{alices.public_id}/keep-running").status_code == 403


def test_the_page_says_afterwards_why_it_rests(alices: Workspace, alice: User, work: Work) -> None:
    client, page = as_(alice), f"/workspaces/{alices.public_id}/"
    for unused, says in ((DEFAULT_PAUSE, "Opening it goes on where you were."), (DEFAULT_STOP, "What happened:")):
        unused_for(alices, unused)
        idle_round()
        work()
        for path in (page, f"{page}card"):
            text = client.get(path).content.decode()
            assert says in text and f"Nobody had used it for {span_words(unused)}." in text


def test_the_page_keeps_it_awake_and_gives_that_back(alices: Workspace, alice: User, charlie: User) -> None:
    client, page = as_(alice), f"/workspaces/{alices.public_id}/"
    assert "Pauses when nobody has used it for 2 h, and stops after 12 h." in client.get(page).content.decode()
    client.post(f"{page}keep-awake", {"hours": "8", "next": page})
    text = client.get(page).content.decode()
    assert "Kept awake until" in text and "No longer keep it awake" in text
    client.post(f"{page}keep-awake", {"hours": "0", "next": page})
    assert "Keep awake for 4 hours" in client.get(page).content.decode()
    for nonsense in ("", "x", "-1", "1.5", "9" * 50, "²", "25"):
        assert client.post(f"{page}keep-awake", {"hours": nonsense}).status_code == 400
    assert as_(charlie).post(f"{page}keep-awake", {"hours": "4"}).status_code == 404
    assert as_(charlie).post(f"{page}keep-running").status_code == 404
    assert client.get(f"{page}keep-awake").status_code == 302
