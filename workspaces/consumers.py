"""The websocket of live pages: the browser only listens."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import runs_the_site
from accounts.services import owner
from workspaces.live import EVERYBODY_GROUP, STAFF_GROUP, user_group, workspace_group
from workspaces.models import Share

ASKS_EVERY = 5.0
"""Seconds after which open sockets must still be allowed."""
SIGNED_OUT = 4401
"""The page does not come back after this; after `COME_AGAIN` it does, as somebody who may hear something else."""
COME_AGAIN = 1012
log = logging.getLogger(__name__)


class LiveConsumer(AsyncWebsocketConsumer):
    """Sends `{"type": "workspace", "id": …}`, `{"type": "groups"}`, `{"type": "images"}` or `{"type": "engine"}`; pages
    fetch the rest."""

    async def connect(self) -> None:
        user = await database_sync_to_async(owner)() if settings.AUTH_DISABLED else self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            await self.close(code=SIGNED_OUT)
            return
        self.user_id = user.pk
        self.is_staff = await database_sync_to_async(lambda: user.runs_the_site)()
        self.session_key = "" if settings.AUTH_DISABLED else self.scope["session"].session_key or ""
        self.joined: set[str] = set()
        await self._join()
        await self.accept()
        _watch.add(self)

    async def disconnect(self, code: int) -> None:
        _watch.discard(self)
        for group in getattr(self, "joined", ()):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def _join(self) -> None:
        """Be in the groups of this person, and in no other. A staff group hears of every workspace anyway."""
        shared = database_sync_to_async(lambda: set(_shared_with(self.user_id)))
        wanted = {user_group(self.user_id), EVERYBODY_GROUP}
        wanted |= {STAFF_GROUP} if self.is_staff else {workspace_group(public_id) for public_id in await shared()}
        for group in wanted - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        for group in self.joined - wanted:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.joined = wanted

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from a page."""

    async def shares_changed(self, event: dict[str, Any]) -> None:
        """Something is shared with this person from now on, or no longer."""
        await self._join()
        await self.changed(event)

    async def changed(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(event["what"]))


def _shared_with(user_id: int) -> QuerySet[Share, str]:
    return Share.objects.filter(user=user_id).values_list("workspace__public_id", flat=True)


class Watch:
    """Closes the sockets of who was signed out, by one question for all of them: pages are left open for days."""

    def __init__(self) -> None:
        self.open: set[LiveConsumer] = set()
        self.task: asyncio.Task[None] | None = None

    def add(self, consumer: LiveConsumer) -> None:
        self.open.add(consumer)
        if self.task is None or self.task.done() or self.task.get_loop() is not asyncio.get_running_loop():
            self.task = asyncio.create_task(self._run())

    def discard(self, consumer: LiveConsumer) -> None:
        self.open.discard(consumer)

    async def _run(self) -> None:
        while self.open:
            await asyncio.sleep(ASKS_EVERY)
            asked = list(self.open)
            try:
                for consumer, code in await database_sync_to_async(over)(asked):
                    self.discard(consumer)
                    await consumer.close(code=code)
            except Exception:  # the database is away, or a browser: nobody else is thrown out for that
                log.exception("Could not ask whether live pages are still signed in")


_watch = Watch()


def over(consumers: list[LiveConsumer]) -> list[tuple[LiveConsumer, int]]:
    """Those whose session has ended, whose account is locked or has other rights by now; each with the code for it."""
    keys = {consumer.session_key for consumer in consumers if consumer.session_key}
    alive = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    signed_in = {*alive.values_list("session_key", flat=True), *([""] if settings.AUTH_DISABLED else [])}
    people = User.objects.filter(pk__in={consumer.user_id for consumer in consumers}, is_active=True)
    is_staff = dict(people.values_list("pk", ExpressionWrapper(runs_the_site(), BooleanField())))
    found = []
    for consumer in consumers:
        if consumer.session_key not in signed_in or consumer.user_id not in is_staff:
            found.append((consumer, SIGNED_OUT))
        elif is_staff[consumer.user_id] != consumer.is_staff:
            found.append((consumer, COME_AGAIN))
    return found
