"""Kinds with a streamed desktop, and a small server that answers as the one in their images does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from workspaces.models import Kind

DESKTOP: dict[str, Any] = {
    "port": 6080, "view_port": 6081, "health_path": "/healthz", "picture_path": "/picture.jpg", "frame": "desktop",
    "reports_use": True, "cpus": 2, "enabled": True,
}  # fmt: skip


@pytest.fixture
def kicad(db: None) -> Kind:
    columns = {"title": "KiCad", "description": "Boards", "image": "spaces/kicad", "memory_mb": 2048, "position": 20}
    return Kind.objects.update_or_create(slug="kicad", defaults=DESKTOP | columns)[0]


@pytest.fixture
def blender(db: None) -> Kind:
    columns = {"title": "Blender", "description": "3D", "image": "spaces/blender", "memory_mb": 3072, "position": 30}
    return Kind.objects.update_or_create(slug="blender", defaults=DESKTOP | columns)[0]


class Desktop:
    """`app`: what it says of its application; `asked`: the paths that it was asked for."""

    def __init__(self) -> None:
        self.app = "there"
        self.asked: list[str] = []
        desktop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                desktop.asked.append(self.path)
                content = json.dumps({"key": "k", "app": desktop.app, "title": "KiCad"}).encode()
                self.send_response(200 if self.path == "/desktop.json" else 404)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])


@pytest.fixture
def desktop(kicad: Kind) -> Iterator[Desktop]:
    """KiCad's desktop, on a port of this machine that the kind says; workspaces get the address 127.0.0.1."""
    made = Desktop()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    Kind.objects.filter(pk=kicad.pk).update(port=made.port)
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(5)
