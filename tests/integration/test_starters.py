"""Each starter in a workspace of the running product: one command, and its page is at the address of its port."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest
import requests

from tests.harness import Platform
from tests.waiting import eventually
from workspaces.starters import STARTERS, Starter, starter_files

pytestmark = pytest.mark.integration
OWNER = "starter@example.org"
FIRST_START_SECONDS = 30
LOG = "/tmp/starter.log"
NOWHERE = "http://127.0.0.1:9"
WITHOUT_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE) | {
    "MAVEN_OPTS": "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9"
}
"""Whoever asks the network for something is told at once that there is nothing."""


class Begun:
    """A workspace that began with the files of `starter`, made as a program would make it."""

    def __init__(self, platform: Platform, client: docker.DockerClient, starter: Starter) -> None:
        self.platform, self.starter = platform, starter
        self.token = platform.token(OWNER)
        files = {path: content.decode() for path, content in starter_files(starter.slug).items()}
        pair = {"projectId": "starters", "workspaceId": starter.slug}
        made = platform.post("/api/v1/containers/start", token=self.token, json=pair | {"files": files})
        assert made.status_code == 200, made.text
        data = made.json()["data"]
        self.public_id = re.findall(r"//([a-z0-9]{12})\.", data["accessUrl"])[0]
        self.container = client.containers.get(data["containerId"])

    def run(self, command: str) -> str:
        """What a command prints that a person runs in a terminal."""
        return self._exec(command)[1].decode()

    def start(self) -> float:
        """The one command runs; seconds until the page was there."""
        began = time.monotonic()
        self._exec(f"{self.starter.command} >{LOG} 2>&1", detach=True)
        eventually(lambda: self.get("/").status_code == 200, "the page is there", FIRST_START_SECONDS)
        return time.monotonic() - began

    def get(self, path: str, **options: Any) -> requests.Response:
        """What the starter's own server answers, at its own address."""
        url = self.platform.workspace_url(f"{self.public_id}-{self.starter.port}", path)
        return self.platform.get(url, **{"token": self.token, **options})

    def _exec(self, command: str, **options: Any) -> tuple[int, bytes]:
        words = ["bash", "-lc", command]
        done: tuple[int, bytes] = self.container.exec_run(
            words, user="coder", workdir="/workspace", environment=WITHOUT_NETWORK, **options
        )
        return done


@pytest.fixture(params=STARTERS[:-1], ids=lambda starter: starter.slug)
def begun(request: pytest.FixtureRequest, platform: Platform, docker_engine: docker.DockerClient) -> Iterator[Begun]:
    """One of each in turn, but for the repository, whose files are its own. It is deleted afterwards."""
    yield Begun(platform, docker_engine, request.param)
    token = platform.token(OWNER)
    for space in platform.get("/api/v1/spaces/list", token=token).json()["spaces"]:
        assert platform.delete(f"/api/v1/spaces/delete/{space['id']}", token=token).status_code == 200


def test_its_files_are_there_and_one_command_shows_its_page(begun: Begun, platform: Platform) -> None:
    starter = begun.starter
    there = begun.run("find . -type f -printf '%P %u\\n' | sort").splitlines()
    assert there == sorted(f"{path} coder" for path in starter_files(starter.slug))
    if not starter.command:
        return

    seconds = begun.start()
    print(f"{starter.slug}: {seconds:.1f} s until its page was there")  # noqa: T201 - a figure for who asks with -rP
    page = begun.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<title>" in page.text
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert begun.get(path).status_code == 200, path
    status = begun.get(starter.status_path)
    assert (status.status_code, status.json()["status"]) == (200, "ok")

    listening = begun.run(f"ss -Hltn 'sport = :{starter.port}'").split()
    assert listening[3] in (f"0.0.0.0:{starter.port}", f"*:{starter.port}")
    assert begun.get("/", token="").status_code == 401, "its page is its owner's"
    editor = platform.get(platform.workspace_url(begun.public_id, "/healthz"), token=begun.token)
    assert editor.status_code == 200, "the editor is where it was"
    assert begun.run("git init -q && git status --porcelain --untracked-files=all | cut -c 4-").splitlines() == sorted(
        starter_files(starter.slug)
    ), "nothing that was made on the way is taken for the person's own"
