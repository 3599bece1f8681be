"""A private git server on a machine beyond this one, at an address that the internet might have.

It is a container on a cable of its own, since the engine keeps its networks apart.
"""

from __future__ import annotations

import io
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.models.containers import Container

from tests.waiting import eventually
from workspaces.engine.base import LABEL_INSTANCE
from workspaces.images import image_ref

HERE, THERE = "203.0.113.1", "203.0.113.2"
"""RFC 5737: addresses for documentation, which nobody has."""
URL = f"https://{THERE}:8443/private/tool.git"
SERVER = Path(__file__).resolve().parents[1] / "git_server.py"
REPOSITORY = """
set -e
git init -qb main /srv/draft; cd /srv/draft; echo "# Tool" > README.md; git add .
git -c user.name=Ann -c user.email=ann@example.org commit -qm "Begin"; git branch other
mkdir -p /srv/private; git clone -q --bare /srv/draft /srv/private/tool.git
"""


@dataclass(frozen=True)
class Git:
    """`token` opens the repository at `url`, which has the branches main and other."""

    container: Container
    token: str
    url: str = URL

    def tip(self, branch: str) -> str:
        """The commit that a branch is at."""
        _code, commit = self.container.exec_run(["git", "-C", "/srv/private/tool.git", "rev-parse", branch])
        return str(commit.decode().strip())


def certificate_make(folder: Path) -> Path:
    """A certificate for the server, with its key beside it."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=git.test",
         "-addext", f"subjectAltName=IP:{THERE}", "-keyout", "key.pem", "-out", "cert.pem"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    return folder / "cert.pem"


@contextmanager
def git_server(client: docker.DockerClient, instance: str, certificate: Path) -> Iterator[Git]:
    """The server, as long as this lasts; `certificate` is one of `certificate_make`."""
    container = client.containers.create(
        image_ref("spaces/base"), ["sleep", "infinity"], user="root", network="none",
        labels={LABEL_INSTANCE: instance}, init=True,
    )  # fmt: skip
    cable = f"git{secrets.token_hex(4)}"
    try:
        container.put_archive("/srv", packed(certificate, certificate.with_name("key.pem"), SERVER))
        container.start()
        code, output = container.exec_run(["sh", "-c", REPOSITORY])
        assert code == 0, output
        token = f"tok-{secrets.token_hex(8)}"
        command = ["python3", "/srv/git_server.py", "/srv", f"/srv/{certificate.name}", "/srv/key.pem", token, "8443"]
        container.exec_run(command, detach=True)
        eventually(
            lambda: container.exec_run(["bash", "-c", "</dev/tcp/127.0.0.1/8443"])[0] == 0, "the git server answers", 10
        )
        connect(container, cable)  # not before, or it would look for its own name on a network that knows none
        yield Git(container, token)
    finally:
        container.remove(force=True, v=True)  # and with it the cable


def connect(container: Container, cable: str) -> None:
    """A cable between this machine and the container, at both of whose ends is an address."""
    container.reload()
    inside = ("nsenter", "--net", "--target", str(container.attrs["State"]["Pid"]))
    for command in (
        ("ip", "link", "add", cable, "type", "veth", "peer", "name", "cable", "netns", inside[-1]),
        ("ip", "address", "add", f"{HERE}/24", "dev", cable),
        (*inside, "ip", "address", "add", f"{THERE}/24", "dev", "cable"),
        ("ip", "link", "set", cable, "up"),
        (*inside, "ip", "link", "set", "cable", "up"),
        (*inside, "ip", "route", "add", "default", "via", HERE),
    ):
        subprocess.run(command, check=True, capture_output=True)


def packed(*files: Path) -> bytes:
    """The files in one archive, by their names."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in files:
            tar.add(file, file.name)
    return archive.getvalue()
