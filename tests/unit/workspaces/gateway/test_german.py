"""The gateway's own pages in German hold nothing in English."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from tests.languages import left_in_english
from tests.unit.workspaces.gateway.conftest import PAGE, Key, ask, target_of
from tests.unit.workspaces.gateway.desks import VIEW, Framed, desk, desk_kind, framed
from workspaces import reasons
from workspaces.gateway.app import NOWHERE
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import Target
from workspaces.models import Operation, Share, Workspace
from workspaces.states import State, Step

__all__ = ["desk", "desk_kind", "framed"]
pytestmark = pytest.mark.django_db(transaction=True)
DATA = "Spaces|VS Code|Lab|Guarded|Desk|Board.*|F\\d+"
FORM = {**PAGE, "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    for public_id in Workspace.objects.values_list("public_id", flat=True):
        authorise_forget(public_id)


async def shared(target: Target, path: str, key: str = "", method: str = "GET", **headers: str) -> list[str]:
    """What the page says alike in both languages, besides names."""
    pages = []
    for language in ("en", "de"):
        sent = {**(FORM if method == "POST" else PAGE), "accept-language": language, **headers}
        answer = await ask(target, path, key=key, method=method, headers=sent, body=b"password=wrong")
        pages.append(answer.text)
    assert '<html lang="de">' in pages[1], path
    return left_in_english(*pages, data=DATA)


async def test_nobody_and_nothing(workspace: Workspace) -> None:
    assert await shared(NOWHERE, "/", host="www.localhost:8000") == []
    assert await shared(target_of(workspace), "/_spaces/none") == []
    used = "/_spaces/enter?ticket=bad"
    assert await shared(target_of(workspace), used, cookie="spaces_retry=1") == []


async def test_the_gate(guarded: Workspace) -> None:
    assert await shared(target_of(guarded), "/") == []
    assert await shared(target_of(guarded), "/_spaces/gate", method="POST") == []


@pytest.mark.parametrize("state", State.values)
async def test_every_state(guarded: Workspace, alice: User, cookie_of: Key, state: str) -> None:
    key = await sync_to_async(cookie_of)(guarded, alice)
    changes = {"state": state, "address": "127.0.0.1", "error": reasons.ENDED % {"code": 1}}
    await Workspace.objects.filter(pk=guarded.pk).aupdate(**changes)
    authorise_forget(guarded.public_id)
    for step in (Step.IMAGE, Step.READY):
        await Operation.objects.filter(workspace=guarded).aupdate(step=step, percent=7)
        assert await shared(target_of(guarded), "/_spaces/wait", key=key) == []
    port = await sync_to_async(cookie_of)(guarded, None, 5000)
    assert await shared(target_of(guarded, 5000), "/_spaces/wait", key=port) == []


async def test_the_page_around_an_app(desk: Workspace, alice: User, bob: User, framed: Framed, cookie_of: Key) -> None:
    key = await sync_to_async(cookie_of)(desk, alice)
    assert await shared(target_of(desk), "/", key=key) == []
    await Share.objects.acreate(workspace=desk, user=bob, role=Share.Role.VIEWER)
    looks_on = await sync_to_async(cookie_of)(desk, bob, VIEW)
    assert await shared(target_of(desk, VIEW), "/", key=looks_on) == []
    await sync_to_async(framed)("page", "/vnc.html")
    assert await shared(target_of(desk), "/", key=key) == []
