"""What is typed in a real shell of a real container comes into the audit, once, whatever is stopped in between."""

from __future__ import annotations

import shlex
from typing import Any

import docker
import pytest

from tests.harness import Platform
from tests.parts import NewPlatform
from tests.waiting import eventually

pytestmark = pytest.mark.integration


class Shelled:
    """A workspace of Alice's with a shell in it."""

    def __init__(self, site: Platform, client: docker.DockerClient) -> None:
        self.site, self.client = site, client
        self.token = site.token("alice@example.org")
        made = site.post("/api/v1/spaces/create", json={"type": "terminal", "name": "shelled"}, token=self.token)
        self.number = int(made.json()["spaceId"])
        self.becomes("running")

    def ask(self, method: str, path: str) -> Any:
        answer = self.site.request(method, path, token=self.token)
        assert answer.ok, answer.text
        return answer.json()

    def status(self) -> Any:
        return self.ask("GET", f"/api/v1/spaces/status/{self.number}")

    def becomes(self, status: str) -> None:
        eventually(lambda: self.status()["status"] == status, f"it is {status}", 90, every=0.2)

    def do(self, verb: str, status: str) -> None:
        self.ask("POST", f"/api/v1/spaces/{verb}/{self.number}")
        self.becomes(status)

    def type(self, *lines: str) -> None:
        """In an interactive bash, as at a terminal."""
        typed = shlex.quote("\n".join([*lines, "exit", ""]))
        container = self.client.containers.get(self.status()["containerId"])
        done = container.exec_run(["bash", "-c", f"printf %s {typed} | bash -il"], workdir="/workspace")
        assert done.exit_code == 0, done.output

    def typed(self) -> list[str]:
        """What the audit says was typed, but for the way out."""
        events = self.ask("GET", "/api/audit?space=shelled&limit=1000")["events"]
        found = [event["meta"]["command"] for event in events if event["type"] == "space.shell"]
        return [command for command in found if command != "exit"]

    def says(self, *commands: str) -> None:
        eventually(lambda: self.typed() == list(commands), f"{commands} were typed", 30, every=0.5)


def test_what_is_typed_is_in_the_audit_once(new_platform: NewPlatform, docker_engine: docker.DockerClient) -> None:
    site = new_platform({"SPACES_SPARE_NETWORKS": "0"})
    shelled = Shelled(site, docker_engine)
    shelled.type("echo one", "export API_TOKEN=very-secret-text")
    shelled.says("echo one", "export API_TOKEN=[hidden]")

    shelled.type("echo two")
    shelled.do("stop", "exited")
    shelled.says("echo one", "export API_TOKEN=[hidden]", "echo two")

    shelled.do("start", "running")
    shelled.type("echo one", "sed -i 2d /workspace/.bash_history")
    site.stop()
    site.start()
    typed = ["echo one", "export API_TOKEN=[hidden]", "echo two", "echo one", "sed -i 2d /workspace/.bash_history"]
    shelled.says(*typed)

    site.kill()
    site.start()
    shelled.type("echo three")
    shelled.says(*typed, "echo three")
    shelled.ask("DELETE", f"/api/v1/spaces/delete/{shelled.number}")
