"""Staff at the administration, for the tests of it."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

WORKSPACES, KINDS = "/admin/workspaces/workspace/", "/admin/workspaces/kind/"
OPERATIONS, IMAGES = "/admin/workspaces/operation/", "/admin/workspaces/imagebuild/"


def run(client: Client, url: str, action: str, *rows: Any, **more: str) -> list[str]:
    """What the administration said to an action on rows."""
    answer = client.post(url, {"action": action, "_selected_action": [row.pk for row in rows], **more})
    return [str(message) for message in get_messages(answer.wsgi_request)]


def kind_form(**changes: Any) -> dict[str, Any]:
    return {
        "title": "KiCad", "slug": "boards", "description": "Boards", "enabled": "on", "position": "5",
        "image": "linuxserver/kicad", "user": "coder", "port": "3000", "health_path": "/", "memory_mb": "1024",
        "cpus": "1", "environment": "", "data_path": "/workspace", "scheme": "http", "path": "/", "frame": "",
        "view_port": "0", "picture_path": "",
    } | changes  # fmt: skip
