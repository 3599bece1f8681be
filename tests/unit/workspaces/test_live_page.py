"""The websocket of live pages: who may listen, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.services import user_lock
from spaces_site.asgi import application
from tests.accounts_fixtures import ActorOf
from workspaces import consumers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "ASKS_EVERY", 0.05, raising=False)


async def page_of(user: User | None) -> WebsocketCommunicator:
    """The socket of a page in a browser of somebody's, not connected yet."""
    client = Client()
    if user:
        await sync_to_async(client.force_login)(user)
    cookie = client.cookies.get(site.SESSION_COOKIE_NAME)
    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
    headers += [(b"cookie", f"{site.SESSION_COOKIE_NAME}={cookie.value}".encode())] if cookie else []
    return WebsocketCommunicator(application, "/ws/live", headers=headers)


async def told(page: WebsocketCommunicator) -> Any:
    """What the page hears next: a code when its socket is closed."""
    message = await page.receive_output(2)
    return message.get("code") or message.get("text")


async def test_a_visitor_hears_nothing() -> None:
    page = await page_of(None)
    assert await page.connect() == (False, 4401)


async def test_a_page_hears_no_more_once_its_session_is_ended(alice: User) -> None:
    page = await page_of(alice)
    assert (await page.connect())[0]
    assert await page.receive_nothing(0.3), "who is signed in stays"
    await Session.objects.all().adelete()
    assert await told(page) == 4401


async def test_a_locked_account_hears_no_more(alice: User, root: User, actor_of: ActorOf) -> None:
    page = await page_of(alice)
    await page.connect()
    await sync_to_async(user_lock)(actor_of(root), alice)
    assert await told(page) == 4401


async def test_who_is_staff_no_more_comes_back_as_who_they_are(root: User) -> None:
    page = await page_of(root)
    await page.connect()
    await User.objects.filter(pk=root.pk).aupdate(is_staff=False)
    assert await told(page) == 1012


async def test_on_a_machine_of_one_person_every_page_is_the_owners(root: User, settings: Any) -> None:
    settings.AUTH_DISABLED = True
    page = await page_of(None)
    assert (await page.connect())[0]
    assert await page.receive_nothing(0.3)
    await page.disconnect()
