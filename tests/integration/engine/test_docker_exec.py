"""What tests learn of a command in a container, also where the answer is read late."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from workspaces.engine.base import LABEL_INSTANCE

pytestmark = pytest.mark.integration


@pytest.fixture
def container(docker_engine: docker.DockerClient, terminal_image: str, instance: str) -> Iterator[Container]:
    labels = {LABEL_INSTANCE: instance}
    made = docker_engine.containers.run(terminal_image, ["sleep", "60"], detach=True, network="none", labels=labels)
    yield made
    made.remove(force=True)


def test_what_is_printed_before_the_answer_is_read_is_not_lost(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = http.client.HTTPResponse.begin

    def late(answer: http.client.HTTPResponse) -> None:
        time.sleep(0.5)
        begin(answer)

    monkeypatch.setattr(http.client.HTTPResponse, "begin", late)
    code, printed = container.exec_run(["sh", "-c", "echo mine; echo wrong >&2; exit 3"])
    assert (code, sorted(printed.splitlines())) == (3, [b"mine", b"wrong"])
    both = container.exec_run(["sh", "-c", "seq 20000; echo wrong >&2"], demux=True).output
    assert both == ("".join(f"{number}\n" for number in range(1, 20001)).encode(), b"wrong\n")
