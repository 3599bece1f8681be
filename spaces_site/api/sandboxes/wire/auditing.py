"""What happened, by the types of events that this API has."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from rest_framework import serializers

from accounts.models import AuditEvent
from spaces_site.api.spaces.wire import time_out

TYPES = {
    "workspace.create": "space.create",
    "workspace.start": "space.start",
    "workspace.resume": "space.start",
    "workspace.pause": "space.pause",
    "workspace.delete": "space.destroy",
    "exec.run": "space.exec",
    "shell.command": "space.shell",
    "file.write": "space.file.write",
}
"""Types of events as this API knows them; others go by our own name."""


class AuditIn(serializers.Serializer[Any]):
    """What the audit is asked for."""

    space = serializers.CharField(required=False, allow_blank=True, default="", help_text="A space's name.")
    limit = serializers.IntegerField(required=False, default=200, min_value=1, max_value=1000)


class EventOut(TypedDict):
    ts: str
    type: str
    space: NotRequired[str]
    meta: NotRequired[dict[str, Any]]


class EventsOut(TypedDict):
    events: list[EventOut]


def event_out(event: AuditEvent, images: dict[str, str]) -> EventOut:
    """`images`: the image of each kind, by its slug."""
    shown: EventOut = {"ts": time_out(event.at), "type": TYPES.get(event.action, event.action)}
    if event.workspace:
        shown["space"] = event.workspace_name or event.workspace
    if meta := _meta(event, images):
        shown["meta"] = meta
    return shown


def _meta(event: AuditEvent, images: dict[str, str]) -> dict[str, Any]:
    meta = event.meta
    if event.action == "workspace.create":
        kind = str(meta.get("kind", ""))
        return {
            "memory": f"{meta.get('memory_mb', 0)}m",
            "cpus": meta.get("cpus"),
            "gpu": meta.get("gpu", False),
            "image": images.get(kind, kind),
        }
    if event.action == "workspace.delete":
        return {"removeVolume": not meta.get("keep_files", False)}
    return dict(meta)
