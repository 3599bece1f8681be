"""A running site asks another one, which here is itself: what one says the other understands."""

from __future__ import annotations

import pytest

from tests.parts import NewPlatform
from tests.waiting import free_port

pytestmark = pytest.mark.integration


def test_machines_understand_each_other(new_platform: NewPlatform) -> None:
    site = new_platform()
    token, staff = site.token("alice@example.org"), site.token("root@example.org", staff=True)
    made = site.post("/api/v1/spaces/create", json={"type": "terminal", "name": "over-there"}, token=token)
    assert made.status_code == 201, made.text
    site.stop()
    site.environ["SPACES_NODES"] = (
        f"big=http://127.0.0.1:{site.port}?key={token},"
        f"locked=http://127.0.0.1:{site.port},"
        f"gone=http://127.0.0.1:{free_port()}"
    )
    site.start()
    here, *others = site.get("/api/nodes", token=token).json()["nodes"]
    assert [(node["name"], node["status"]) for node in others] == [
        ("big", "online"),
        ("locked", "unauthorized"),
        ("gone", "offline"),
    ]
    assert others[0]["capabilities"] == here["capabilities"]
    assert here["latencyMs"] == 0 and others[0]["latencyMs"] >= 0
    assert token not in site.get("/api/nodes", token=token).text

    spaces = site.get("/api/spaces?nodes=all", token=staff).json()["spaces"]
    (found,) = [space for space in spaces if space.get("node") == "big"]
    assert (found["name"], found["status"]) == ("over-there", "running")
    own = site.get("/api/spaces?nodes=all", token=token).json()["spaces"]
    assert [space.get("node") in ("big", "locked") for space in own] == [False]
    assert token not in site.log(1000)
