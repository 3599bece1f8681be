"""What counts as use of a workspace: a person's doing, and never what pages and programs do by themselves."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.unit.workspaces.gateway.conftest import PAGE, Key, ask, target_of, visit_of
from tests.waiting import eventually
from workspaces.gateway import activity
from workspaces.gateway.activity import by_a_person, websocket_beats, websocket_note
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.beats import ENOUGH, SETTLING_SECONDS, WITHIN_SECONDS, Beats
from workspaces.gateway.grant import Grant
from workspaces.models import Kind, Workspace
from workspaces.services.idle import idle_round
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
HOURS = 3600.0


# -- beats
def person_seen(beats: Beats, messages: list[tuple[float, int]]) -> bool:
    return sum(beats.heard(length, at) for at, length in messages) > 0  # all of them, in turn


def steady(every: float, length: int, until: float, jitter: float = 0.0, seed: int = 1) -> list[tuple[float, int]]:
    chance, count = random.Random(seed), int(until / every)
    return [(number * every + chance.uniform(0, jitter * every), length) for number in range(1, count)]


def of_several(*streams: list[tuple[float, int]]) -> list[tuple[float, int]]:
    return sorted(message for stream in streams for message in stream)


@pytest.mark.parametrize("every", [0.1, 1.0, 5.0, 25.0, 60.0, 300.0])
def test_what_comes_at_a_steady_beat_is_no_person(every: float) -> None:
    assert not person_seen(Beats(0), steady(every, 13, max(4 * HOURS, 20 * every) if every > 1 else 600))


@given(st.floats(0.5, 120), st.integers(0, 70000), st.integers())
def test_nor_is_it_on_a_network_that_is_not_quite_steady(every: float, length: int, seed: int) -> None:
    assert not person_seen(Beats(0), steady(every, length, 60 * every, jitter=0.05, seed=seed))


def test_vs_code_left_alone_is_no_person_as_it_was_measured() -> None:
    """Keep-alives of two connections, and telemetry's five pings every 70 s."""
    pings = [(70.0 * group + 2.0 * number, 38) for group in range(1, 100) for number in range(5)]
    streams = of_several(steady(5.0, 13, 7000), [(at + 2.3, 13) for at, _ in steady(5.0, 13, 7000)], pings)
    assert not person_seen(Beats(0), streams)


def test_a_page_that_connects_says_many_things_and_is_no_person_for_that() -> None:
    greeting = [(SETTLING_SECONDS * number / 100, 30 + number) for number in range(99)]
    assert not person_seen(Beats(0), greeting + [(at + 40, length) for at, length in steady(5.0, 13, 7200)])


def test_a_laptop_that_slept_and_a_hiccup_of_the_network_are_no_person() -> None:
    messages = [(at + (900 if at > 500 else 0), length) for at, length in steady(1.0, 20, 1000)]
    assert not person_seen(Beats(0), messages)
    late = [(at if not 300 < at < 304 else 304 + number / 50, length)
            for number, (at, length) in enumerate(steady(1.0, 20, 1000))]  # fmt: skip
    assert not person_seen(Beats(0), sorted(late))


def test_somebody_who_types_is_one_within_moments() -> None:
    chance, at, keys = random.Random(7), 40.0, []
    for _ in range(60):
        at += chance.choice([0.11, 0.16, 0.23, 0.3, 0.8, 2.1]) * chance.uniform(0.8, 1.2)
        keys.append((at, 8))
    assert person_seen(Beats(0), keys)


def test_somebody_who_runs_a_cell_of_a_notebook_now_and_then_is_one_among_its_pings() -> None:
    cells = [(100.0 + 47 * number + number % 3 * 7, 400 + 31 * number) for number in range(6)]
    assert person_seen(Beats(0), of_several(steady(30.0, 2, 500), cells))


def test_too_little_within_too_long_is_no_person() -> None:
    rare = [(100.0 + WITHIN_SECONDS / (ENOUGH - 2) * number, 50 + number) for number in range(30)]
    assert not person_seen(Beats(0), rare)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**8)), max_size=300))
def test_any_messages_are_taken_in_and_few_of_them_remembered(messages: list[tuple[float, int]]) -> None:
    beats = Beats(0)
    for at, length in sorted(messages):
        beats.heard(length, at)
    assert len(beats._last) == len(beats._pauses) <= 64


# -- which messages and requests are looked at
def grant(**changes: Any) -> Grant:
    values: dict[str, Any] = {
        "workspace_id": 1, "public_id": "abcdefghijkl", "name": "", "state": State.RUNNING, "error": "",
        "started_at": None, "address": "192.0.2.1", "port": 8080, "is_editor": True, "kind_title": "",
        "reports_use": True, "user_id": 1,
    }  # fmt: skip
    return Grant(**values | changes)


def test_the_websockets_of_a_page_that_reports_count_as_nothing() -> None:
    reporting = visit_of(cookie="a=b; spaces_here=1; c=d")
    assert websocket_beats(reporting, grant()) is None
    websocket_note(grant(), None, 10)  # and need no event loop


def test_those_of_an_older_page_a_port_or_another_kind_are_listened_to() -> None:
    reporting, silent = visit_of(cookie="spaces_here=1"), visit_of(cookie="a=spaces_here")
    assert websocket_beats(silent, grant()) is not None
    assert websocket_beats(reporting, grant(is_editor=False)) is not None
    assert websocket_beats(reporting, grant(reports_use=False)) is not None


def test_over_https_no_sibling_can_set_that_cookie(settings: Any) -> None:
    settings.SECURE = True
    assert websocket_beats(visit_of(cookie="spaces_here=1"), grant()) is not None
    assert websocket_beats(visit_of(cookie="__Host-spaces_here=1"), grant()) is None


def test_that_cookie_does_not_reach_the_container() -> None:
    assert ("cookie", "a=b") in visit_of(cookie="a=b; spaces_here=1; __Host-spaces_here=1").headers


@pytest.mark.parametrize(
    ("is_person", "headers"),
    [
        (True, {**PAGE, "sec-fetch-user": "?1"}),
        (True, {"accept": "text/html"}),
        (False, PAGE),
        (False, {**PAGE, "sec-fetch-user": "?1", "sec-purpose": "prefetch"}),
        (False, {**PAGE, "sec-fetch-dest": "iframe"}),
        (False, SCRIPT),
        (False, {"accept": "*/*"}),
        (False, {**SCRIPT, "accept": "text/html"}),
    ],
)
def test_a_page_load_that_a_person_asked_for_counts(is_person: bool, headers: dict[str, str]) -> None:
    assert by_a_person(visit_of(**{name.replace("-", "_"): text for name, text in headers.items()})) == is_person


def test_what_changes_something_is_no_page_load() -> None:
    assert not by_a_person(visit_of(method="POST", accept="text/html"))


# -- /_spaces/here
AGO = timedelta(minutes=115)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    activity._noted.clear()
    yield
    activity._noted.clear()
    for public_id in Workspace.objects.values_list("public_id", flat=True):
        authorise_forget(public_id)


@pytest.fixture
def key(workspace: Workspace, alice: User, cookie_of: Key) -> str:
    Workspace.objects.update(last_activity_at=timezone.now() - AGO)
    return cookie_of(workspace, alice)


async def last_use(workspace: Workspace) -> datetime:
    for task in list(activity._under_way):
        await task
    return (await Workspace.objects.aget(pk=workspace.pk)).last_activity_at


async def test_asking_is_no_use_and_tells_when_it_pauses(workspace: Workspace, key: str) -> None:
    before = await last_use(workspace)
    answer = await ask(target_of(workspace), "/_spaces/here", key=key, headers={**SCRIPT, "accept-language": "en"})
    said = json.loads(answer.text)
    assert (answer.status, said["state"], said["language"]) == (200, "running", "en")
    assert said["notice"]["title"] == "It pauses in 5 minutes, since nobody uses it."
    assert (said["notice"]["does"], said["notice"]["action"]) == ("keep", "Keep it running")
    assert await last_use(workspace) == before


async def test_a_report_is_one_use_a_minute_however_often_it_comes(workspace: Workspace, key: str) -> None:
    target, before = target_of(workspace), await last_use(workspace)
    for _ in range(5):
        answer = await ask(target, "/_spaces/here", method="POST", key=key, headers=SCRIPT)
        assert (answer.status, answer.body) == (204, b"")
    first = await last_use(workspace)
    assert first - before > AGO - timedelta(minutes=1)
    assert (await ask(target, "/_spaces/here", method="POST", key=key, headers=SCRIPT)).status == 204
    assert await last_use(workspace) == first
    said = json.loads((await ask(target, "/_spaces/here", key=key, headers=SCRIPT)).text)
    assert (said["notice"], said["again"]) == (None, 60)


async def test_the_button_counts_at_once(workspace: Workspace, key: str) -> None:
    target = target_of(workspace)
    await ask(target, "/_spaces/here", method="POST", key=key, headers=SCRIPT)
    await Workspace.objects.filter(pk=workspace.pk).aupdate(last_activity_at=timezone.now() - AGO)
    activity._noted[workspace.pk] -= 2
    await ask(target, "/_spaces/here?keep", method="POST", key=key, headers=SCRIPT)
    assert timezone.now() - await last_use(workspace) < timedelta(minutes=1)


async def test_another_sites_page_and_a_stranger_report_nothing(
    workspace: Workspace, key: str, bob: User, cookie_of: Key
) -> None:
    target, before = target_of(workspace), await last_use(workspace)
    for origin in ("https://evil.example", "http://bbbbbbbbbbbb.localhost:8000", "http://localhost:8000"):
        foreign = {"accept": "application/json", "origin": origin}
        answer = await ask(target, "/_spaces/here", method="POST", key=key, headers=foreign)
        assert (answer.status, json.loads(answer.text)["code"]) == (403, "ORIGIN_REFUSED")
    strangers = await sync_to_async(cookie_of)(workspace, bob)
    for method in ("GET", "POST"):
        assert (await ask(target, "/_spaces/here", method=method, key=strangers, headers=SCRIPT)).status == 404
        assert (await ask(target, "/_spaces/here", method=method, headers=SCRIPT)).status == 401
    assert await last_use(workspace) == before


async def test_one_that_rests_says_so_and_is_not_woken(workspace: Workspace, key: str) -> None:
    before = await last_use(workspace)
    changed_at = timezone.now()
    rests = {"state_changed_at": changed_at, "error_code": "UNUSED", "error": "Nobody had used it for 2 h."}
    await Workspace.objects.filter(pk=workspace.pk).aupdate(state=State.PAUSED, **rests)
    authorise_forget(workspace.public_id)
    for method in ("GET", "POST"):
        answer = await ask(target_of(workspace), "/_spaces/here", method=method, key=key, headers=SCRIPT)
        notice = json.loads(answer.text)["notice"]
        assert (answer.status, notice["does"], notice["action"], notice["calls"]) == (200, "start", "Continue", True)
        assert notice["text"] == "Nobody had used it for 2 h. It goes on where you were."
        assert (notice["at"], "{time}" in notice["title"]) == (changed_at.isoformat(), True)
    assert (await Workspace.objects.aget(pk=workspace.pk)).state == State.PAUSED
    assert await last_use(workspace) == before


@pytest.mark.parametrize("state", State.values)
async def test_every_state_has_an_answer(workspace: Workspace, key: str, state: State) -> None:
    await Workspace.objects.filter(pk=workspace.pk).aupdate(state=state)
    authorise_forget(workspace.public_id)
    for method in ("GET", "POST"):
        answer = await ask(target_of(workspace), "/_spaces/here", method=method, key=key, headers=SCRIPT)
        assert answer.status in (200, 204)
        assert answer.status == 204 or json.loads(answer.text)["state"] == state


async def test_a_page_asks_again_when_the_warning_begins(workspace: Workspace, key: str) -> None:
    await Workspace.objects.filter(pk=workspace.pk).aupdate(last_activity_at=timezone.now() - timedelta(minutes=109.5))
    said = json.loads((await ask(target_of(workspace), "/_spaces/here", key=key, headers=SCRIPT)).text)
    assert said["notice"] is None and 20 < said["again"] <= 31


async def test_a_forgotten_tabs_requests_are_no_use(workspace: Workspace, key: str) -> None:
    target, before = target_of(workspace), await last_use(workspace)
    await Workspace.objects.filter(pk=workspace.pk).aupdate(address="127.0.0.1")
    await Kind.objects.aupdate(port=9)  # where nothing listens
    for headers in (SCRIPT, PAGE, {**PAGE, "sec-fetch-dest": "iframe"}):
        await ask(target, "/poll", key=key, headers=headers)
    await ask(target, "/_spaces/state", key=key, headers=SCRIPT)
    assert await last_use(workspace) == before
    await ask(target, "/", key=key, headers={**PAGE, "sec-fetch-user": "?1"})
    assert await last_use(workspace) > before


async def test_the_script_is_there_for_every_page(workspace: Workspace) -> None:
    answer = await ask(target_of(workspace), "/_spaces/here.js", headers={})
    assert (answer.status, "javascript" in answer.get("content-type")) == (200, True)


def test_a_guests_use_counts_too(guarded: Workspace, cookie_of: Key) -> None:
    Workspace.objects.update(last_activity_at=timezone.now() - AGO)
    guest = cookie_of(guarded, None)

    async def report() -> None:
        answer = await ask(target_of(guarded), "/_spaces/here", method="POST", key=guest, headers=SCRIPT)
        assert answer.status == 204
        await last_use(guarded)

    async_to_sync(report)()
    eventually(lambda: Workspace.objects.get().last_activity_at > timezone.now() - timedelta(minutes=1), "noted", 5)
    assert idle_round() == 0
