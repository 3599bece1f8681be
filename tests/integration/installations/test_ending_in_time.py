"""Ctrl-C ends the site soon, whatever its worker is at."""

from __future__ import annotations

import socket
import threading
import time

import docker
import pytest

from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration
SOON = 8.0
ADD_KIND = """
from workspaces.models import Kind
Kind.objects.create(slug="far", title="Far", image="127.0.0.1:{port}/far:1")
"""


def test_an_image_that_takes_long_does_not_keep_the_site(
    new_platform: NewPlatform, docker_engine: docker.DockerClient
) -> None:
    """Its registry takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as registry:
        asked = threading.Event()
        threading.Thread(target=lambda: (registry.accept(), asked.set()), daemon=True).start()
        site = new_platform({"SPACES_SPARE_NETWORKS": "0"})
        site.manage("shell", "-c", ADD_KIND.format(port=registry.getsockname()[1]))
        token = site.token("alice@example.org")
        new = {"json": {"type": "far"}, "headers": {"Prefer": "respond-async"}}
        assert site.post("/api/v1/spaces/create", token=token, **new).ok
        eventually(asked.is_set, "the engine asks the registry", 60)
        began = time.monotonic()
        site.stop()
        assert time.monotonic() - began < SOON
