"""The websocket of live pages: the browser only listens."""

from __future__ import annotations

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from workspaces.live import EVERYBODY_GROUP, STAFF_GROUP, user_group


class LiveConsumer(AsyncWebsocketConsumer):
    """Sends `{"type": "workspace", "id": …}`, `{"type": "images"}` or `{"type": "engine"}`; pages fetch the rest."""

    async def connect(self) -> None:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated or not user.is_active:
            await self.close(code=4401)
            return
        self.joined = [user_group(user.pk), EVERYBODY_GROUP, *([STAFF_GROUP] if user.is_staff else [])]
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        for group in getattr(self, "joined", []):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from a page."""

    async def changed(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(event["what"]))
