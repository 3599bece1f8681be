"""Containers of images with a desktop, hardened as the platform makes them: what they answer, show and hold."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import docker
import requests

from tests.local_http import new_session
from tests.waiting import eventually
from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, ContainerSpec, ContainerState
from workspaces.engine.docker import DockerEngine

START_SECONDS = 90
# Read where Pillow is. What is looked at is the JPEG that looking people get, by mean colour and number of colours.
LOOK = """
import io, json, sys, urllib.request
from PIL import Image
data = urllib.request.urlopen("http://127.0.0.1:6080/picture.jpg?width=1280").read()
image = Image.open(io.BytesIO(data)).convert("RGB")
def region(box):
    part = image.crop(box)
    pixels = list(part.getdata())
    return [[sum(p[i] for p in pixels) / len(pixels) for i in range(3)],
            len({(r >> 4, g >> 4, b >> 4) for r, g, b in pixels}),
            sum(r > 180 and 80 < g < 190 and b < 110 for r, g, b in pixels)]
print(json.dumps([region(box) for box in json.loads(sys.argv[1])]))
"""
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture: its mean colour, how many different colours are in it, and how much of it is orange."""

    red: float
    green: float
    blue: float
    colours: int
    orange: int

    @property
    def light(self) -> float:
        return (self.red + self.green + self.blue) / 3


def spec_of(image: str, instance: str, memory_mb: int = 512, **more: Any) -> ContainerSpec:
    """What the platform would make of a kind with that image."""
    public_id = "t" + secrets.token_hex(6)[:11]
    spec = ContainerSpec(
        name=f"spaces-{public_id}", image=image, memory_mb=memory_mb, cpus=2, pids=512, user="coder",
        hostname=public_id, labels={LABEL_INSTANCE: instance, LABEL_WORKSPACE: public_id},
    )  # fmt: skip
    return replace(spec, **more)


@dataclass
class Desk:
    """A desktop in a container. `start` before anything else."""

    engine: DockerEngine
    client: docker.DockerClient
    spec: ContainerSpec
    session: requests.Session = field(default_factory=new_session)

    def make(self) -> Desk:
        """Volume, network and container exist, and the desktop is there."""
        self.engine.ensure_volume(self.spec.name, self.spec.labels)
        self.engine.ensure_network(self.spec.name, self.spec.labels, "internet")
        self.engine.ensure_container(self.spec)
        return self.start()

    def start(self) -> Desk:
        """Afterwards the platform's probe finds it."""
        state = self.engine.start(self.spec.name)
        eventually(lambda: self.engine.probe(state, 6080, "/healthz"), "the desktop answers", START_SECONDS)
        return self

    @property
    def state(self) -> ContainerState:
        state = self.engine.inspect(self.spec.name)
        assert state
        return state

    @property
    def container(self) -> Any:
        return self.client.containers.get(self.spec.name)

    def get(self, path: str, port: int = 6080) -> requests.Response:
        return self.session.get(f"http://{self.state.address}:{port}{path}", timeout=30)

    def key(self, port: int = 6080) -> str:
        return str(self.get("/desktop.json", port).json()["key"])

    def app_is(self, word: str) -> bool:
        """Whether `desktop.json` says so of the application."""
        return bool(self.get("/desktop.json").json()["app"] == word)

    def run(self, *command: str, user: str = "coder") -> str:
        """What a command prints there; "" where it fails."""
        result = self.engine.exec(self.spec.name, list(command), user=user)
        return result.stdout.decode() if result.exit_code == 0 else ""

    def looks(self, *boxes: Box) -> list[Region]:
        """Those parts of the picture."""
        printed = self.run("python3", "-c", LOOK, json.dumps(boxes))
        assert printed, "there is a picture"
        return [Region(*mean, colours, orange) for mean, colours, orange in json.loads(printed)]

    def shows(self, what: str, is_so: Callable[..., bool], *boxes: Box, seconds: float = START_SECONDS) -> None:
        """Waits until the regions are so."""
        eventually(lambda: is_so(*self.looks(*boxes)), f"{what} is in the picture", seconds, every=0.5)

    def process(self, name: str) -> str:
        """Its number; "" while there is none."""
        return self.run("pgrep", "-x", "-o", name).strip()
