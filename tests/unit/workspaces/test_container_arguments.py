"""What the Docker driver asks for when it makes a container; whether the engine heeds it is tested on a real one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import docker
import pytest

from workspaces.engine.base import ContainerSpec
from workspaces.engine.docker.spec import create_arguments

SPEC = ContainerSpec(
    name="spaces-a", image="linuxserver/kicad", memory_mb=512, cpus=1, pids=64, user="coder", hostname="a"
)


class Api(docker.APIClient):
    """One that knows an image's variables and asks no engine."""

    def __init__(self) -> None:
        super().__init__(version="1.41")

    def inspect_image(self, image: str) -> dict[str, Any]:
        return {"Config": {"Env": ["PATH=/bin", "HOME=/config"]}}


def host(**changes: Any) -> dict[str, Any]:
    arguments = create_arguments(Api(), replace(SPEC, **changes))
    found: dict[str, Any] = arguments["host_config"]
    return found


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:root"])
def test_an_image_that_begins_as_root_may_become_another_and_no_more(user: str) -> None:
    made = host(user=user)
    assert made["CapDrop"] == ["ALL"]
    assert sorted(made["CapAdd"]) == ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"]
    assert made["SecurityOpt"] == ["no-new-privileges"], "who has stepped down gets nothing back"
    assert not made.get("Privileged") and not made.get("Devices") and not made.get("Binds")


def test_any_other_may_nothing() -> None:
    made = host()
    assert (made["CapDrop"], made.get("CapAdd") or []) == (["ALL"], [])
    assert made["SecurityOpt"] == ["no-new-privileges"]


def test_the_volume_is_where_the_kind_says_and_nowhere_else() -> None:
    assert [(mount["Target"], mount["Source"]) for mount in host(data_path="/config")["Mounts"]] == [
        ("/config", "spaces-a")
    ]
    fixed = host(data_path="/config", read_only=True)
    assert [mount["Target"] for mount in fixed["Mounts"]] == ["/config"], "the home is the volume already"
    assert [mount["Target"] for mount in host(read_only=True)["Mounts"]] == ["/workspace", "/config"]
