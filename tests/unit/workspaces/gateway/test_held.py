"""Programs that ask for a workspace which is starting: held for a moment, answered as soon as it runs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from accounts.models import User
from tests.unit.workspaces.gateway.conftest import Key, ask, target_of
from workspaces.gateway import authorise, waiting
from workspaces.gateway.authorise import authorise_forget
from workspaces.models import Workspace
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors"}
PERSON = {"accept": "text/html"}
SOON = 0.1


@pytest.fixture
def key(workspace: Workspace, alice: User, cookie_of: Key) -> str:
    return cookie_of(workspace, alice)


async def becomes(workspace: Workspace, state: State, address: str | None = None) -> None:
    await Workspace.objects.filter(pk=workspace.pk).aupdate(state=state, address=address)


@pytest.mark.parametrize("embedded", [True, False])
async def test_it_is_answered_as_soon_as_the_workspace_runs(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch, settings: Any, embedded: bool
) -> None:
    monkeypatch.setattr(waiting, "PROGRAM_GRACE", 20.0)
    settings.EMBEDDED = embedded
    await becomes(workspace, State.CREATING)
    authorise_forget(workspace.public_id)
    asked = asyncio.create_task(ask(target_of(workspace), "/", key=key, headers=SCRIPT))
    await asyncio.sleep(SOON)
    assert not asked.done()
    before = time.monotonic()
    await becomes(workspace, State.RUNNING, "127.0.0.1")
    if embedded:  # otherwise the worker is another process, and nobody says so here
        await asyncio.to_thread(authorise_forget, workspace.public_id)
    answer = await asked
    assert '"WORKSPACE_NOT_RUNNING"' not in answer.text
    assert time.monotonic() - before < 5
    assert not authorise._memory.waiting


async def test_it_is_told_after_a_moment_when_the_workspace_takes_longer(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PROGRAM_GRACE", SOON)
    await becomes(workspace, State.STARTING)
    authorise_forget(workspace.public_id)
    answer = await ask(target_of(workspace), "/", key=key, headers=SCRIPT)
    assert (answer.status, '"WORKSPACE_NOT_RUNNING"' in answer.text) == (503, True)


async def test_it_is_told_when_the_workspace_is_gone(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PROGRAM_GRACE", 20.0)
    await becomes(workspace, State.CREATING)
    authorise_forget(workspace.public_id)
    asked = asyncio.create_task(ask(target_of(workspace), "/", key=key, headers=SCRIPT))
    await asyncio.sleep(SOON)
    await Workspace.objects.filter(pk=workspace.pk).adelete()
    authorise_forget(workspace.public_id)
    assert (await asked).status in (401, 404)


async def test_many_at_once_ask_the_database_once(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[object] = []

    def counted(*question: Any) -> authorise.Grant:
        questions.append(question)
        return original(*question)

    original = authorise.authorise
    monkeypatch.setattr(authorise, "authorise", counted)
    monkeypatch.setattr(waiting, "PROGRAM_GRACE", SOON)
    await becomes(workspace, State.STARTING)
    authorise_forget(workspace.public_id)
    await asyncio.gather(*(ask(target_of(workspace), "/", key=key, headers=SCRIPT) for _ in range(20)))
    assert len(questions) <= 4


async def test_a_visit_to_what_is_starting_is_held_for_a_moment_and_then_waits_on_a_page(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else has woken it just now, as a claim does with its seat."""
    monkeypatch.setattr(waiting, "GRACE", 20.0)
    await becomes(workspace, State.STARTING)
    authorise_forget(workspace.public_id)
    asked = asyncio.create_task(ask(target_of(workspace), "/", key=key, headers=PERSON))
    await asyncio.sleep(SOON)
    assert not asked.done()
    await becomes(workspace, State.RUNNING, "127.0.0.1")
    await asyncio.to_thread(authorise_forget, workspace.public_id)
    await asyncio.wait_for(asked, 10)  # where nothing listens, as here, that is said then
    monkeypatch.setattr(waiting, "GRACE", SOON)
    await becomes(workspace, State.STARTING)
    authorise_forget(workspace.public_id)
    assert (await ask(target_of(workspace), "/", key=key, headers=PERSON)).status == 503
