"""A private git server in a container of its own, on the network of one workspace."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.models.containers import Container

from tests.waiting import eventually
from workspaces.engine.base import LABEL_INSTANCE
from workspaces.images import image_ref

SERVER = Path(__file__).resolve().parents[1] / "git_server.py"
TOKEN = "tok-5ecret-value"


@contextmanager
def git_server(
    client: docker.DockerClient, instance: str, network: str, certificate: Path
) -> Iterator[tuple[Container, str]]:
    """An empty repository at https://git.test:8443/private/tool.git, and the token that opens it.

    `certificate`: for git.test, with its key in `key.pem` beside it. The server leaves before the network is removed.
    """
    server = client.containers.create(
        image_ref("spaces/base"),
        ["sleep", "infinity"],
        user="root",
        network=network,
        networking_config={network: client.api.create_endpoint_config(aliases=["git.test"])},
        labels={LABEL_INSTANCE: instance},
        init=True,
    )
    try:
        server.put_archive("/srv", packed(certificate, certificate.with_name("key.pem"), SERVER))
        server.start()
        code, output = server.exec_run(["git", "init", "-q", "--bare", "-b", "main", "/srv/private/tool.git"])
        assert code == 0, output
        names = [f"/srv/{file}" for file in (certificate.name, "key.pem")]
        server.exec_run(["python3", "/srv/git_server.py", "/srv", *names, TOKEN, "8443"], detach=True)
        eventually(
            lambda: server.exec_run(["bash", "-c", "</dev/tcp/127.0.0.1/8443"])[0] == 0, "the git server answers", 10
        )
        yield server, TOKEN
    finally:
        server.remove(force=True, v=True)


def packed(*files: Path) -> bytes:
    """The files in one archive, by their names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in files:
            tar.add(file, file.name)
    return archive.getvalue()
