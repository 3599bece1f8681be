"""Cloning and pushing on the real engine.

The guard lets no other container on a workspace's network be reached, so the git server is in one that shares the
helper's own loopback.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import NotFound
from docker.models.containers import Container

from accounts.actors import Actor
from tests.engine_cleanup import things_of
from tests.waiting import eventually
from tests.workspaces_fixtures import work_once, work_until_settled
from workspaces.engine import get_engine
from workspaces.engine.base import LABEL_INSTANCE
from workspaces.git import git_push
from workspaces.git.beside import ROLE, helper_ensure
from workspaces.images import image_ref
from workspaces.lifecycle.beside import network_ensure
from workspaces.lifecycle.spec import spec_of
from workspaces.models import Kind, Operation, Workspace
from workspaces.services import workspace_create, workspace_pause, workspace_stop
from workspaces.services.repository import Repository

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
TOKEN = "tok-5ecret-value"
URL = "https://localhost:8443/private/tool.git"
SERVER = Path(__file__).resolve().parents[1] / "git_server.py"
REPOSITORY = """
set -e
git config --global user.name Ann; git config --global user.email ann@example.org
git init -q -b main /srv/draft; cd /srv/draft
head -c 20000000 /dev/urandom > large; echo "# Tool" > README.md; git add .; git commit -qm "Begin"
mkdir -p /srv/private; git clone -q --bare /srv/draft /srv/private/tool.git
"""
Serve = Callable[[Workspace], Container]


@pytest.fixture
def serve(
    real_engine: None, docker_engine: docker.DockerClient, instance: str, tmp_path: Path, settings: Any
) -> Iterator[Serve]:
    """`serve(workspace)` begins a private git server that is localhost to git beside that workspace."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        check=True, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    settings.CA_FILE = tmp_path / "cert.pem"
    servers: list[Container] = []

    def begin(workspace: Workspace) -> Container:
        engine, spec = get_engine(), spec_of(workspace)
        network_ensure(engine, spec, workspace.blocked_ranges)
        engine.ensure_container(spec)  # which makes the volume as it will be
        helper_ensure(engine, workspace)
        server = docker_engine.containers.create(
            image_ref("spaces/base"), ["sleep", "infinity"], user="root", init=True, labels={LABEL_INSTANCE: instance},
            network_mode=f"container:{spec.name}-{ROLE}",
        )  # fmt: skip
        servers.append(server)
        server.put_archive("/srv", packed(tmp_path / "cert.pem", tmp_path / "key.pem", SERVER))
        server.start()
        code, output = server.exec_run(["sh", "-c", REPOSITORY])
        assert code == 0, output
        server.exec_run(
            ["python3", "/srv/git_server.py", "/srv", "/srv/cert.pem", "/srv/key.pem", TOKEN, "8443"], detach=True
        )
        eventually(
            lambda: server.exec_run(["bash", "-c", "</dev/tcp/127.0.0.1/8443"])[0] == 0, "the server answers", 10
        )
        return server

    yield begin
    for server in servers:
        with contextlib.suppress(NotFound):
            server.remove(force=True, v=True)


def packed(*files: Path) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file in files:
            tar.add(file, file.name)
    return archive.getvalue()


def run(container: Container | str, script: str) -> str:
    """What a script prints in a container, which must succeed."""
    found = docker.from_env().containers.get(container) if isinstance(container, str) else container
    code, output = found.exec_run(["bash", "-c", script], workdir="/workspace")
    assert code == 0, output
    return str(output.decode()).strip()


@pytest.fixture
def cloned(serve: Serve, terminal: Kind, actor: Actor) -> tuple[Workspace, Container]:
    """A running workspace with a clone of the private repository, and the server."""
    workspace = workspace_create(
        actor, kind="terminal", memory_mb=256, cpus=1, repository=Repository(URL, token=TOKEN), files={".env": b"A=1"}
    )
    server = serve(workspace)
    work_until_settled()
    workspace.refresh_from_db()
    assert workspace.state == "running", workspace.error
    return workspace, server


@pytest.mark.django_db(transaction=True)
def test_a_private_repository_is_cloned_with_progress_and_belongs_to_the_workspace(
    serve: Serve, terminal: Kind, actor: Actor
) -> None:
    workspace = workspace_create(
        actor, kind="terminal", memory_mb=256, cpus=1, repository=Repository(URL, token=TOKEN), files={".env": b"A=1"}
    )
    serve(workspace)
    seen: set[tuple[str, str]] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            seen.update(Operation.objects.values_list("step", "detail"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work_until_settled()
    finally:
        over.set()
        watcher.join()
    workspace.refresh_from_db()
    assert workspace.state == "running", workspace.error
    assert any(step == "clone" and "%" in detail for step, detail in seen), seen
    name = workspace.engine_name
    assert run(name, "stat -c '%U %n' .env repo repo/README.md repo/.git/config") == (
        "coder .env\ncoder repo\ncoder repo/README.md\ncoder repo/.git/config"
    )
    assert run(name, "git -C repo status --porcelain --branch") == "## main...origin/main"
    assert run(name, f"grep -rl {TOKEN} /workspace /home /tmp /proc/*/environ 2>/dev/null || echo nowhere") == "nowhere"


def test_a_clone_that_fails_leaves_nothing(
    serve: Serve, terminal: Kind, actor: Actor, docker_engine: docker.DockerClient, instance: str
) -> None:
    wrong = Repository(URL, token="wrong")
    workspace = workspace_create(actor, kind="terminal", memory_mb=256, cpus=1, repository=wrong, discard=True)
    server = serve(workspace)
    work_once()
    assert "Authentication failed" in Operation.objects.get(verb="create").error
    work_until_settled()
    assert not Workspace.objects.exists()
    server.remove(force=True)
    assert things_of(docker_engine, instance) == []


@pytest.mark.parametrize("before", [None, workspace_pause, workspace_stop])
def test_a_push_works_whether_the_workspace_runs_or_not(
    before: Callable[..., Any] | None, cloned: tuple[Workspace, Container], actor: Actor,
    docker_engine: docker.DockerClient,
) -> None:  # fmt: skip
    workspace, server = cloned
    name = workspace.engine_name
    run(name, "cd repo && echo new > new.txt && git add . && git -c user.name=A -c user.email=a@b commit -qm New")
    run(name, "mkdir -p repo/.git/hooks && cd repo/.git/hooks && ln -sf /workspace/hook pre-push")
    run(name, "printf '#!/bin/sh\\nenv > /workspace/stolen\\n' > hook && chmod +x hook")
    tip = run(name, "git -C repo rev-parse HEAD")
    if before:
        before(actor, workspace)
        work_until_settled()
    result = git_push(actor, workspace, repo_path="/repo", token=TOKEN)
    assert result.exit_code == 0, result.stderr
    assert run(server, "git --git-dir=/srv/private/tool.git rev-parse main") == tip
    helper = docker_engine.containers.get(f"{name}-{ROLE}")
    assert TOKEN not in helper.logs().decode() + repr(helper.attrs)
    assert helper.exec_run(["find", "/tmp", "-name", "spaces-git-*"])[1] == b""
    assert helper.exec_run(["ls", "/workspace"])[1] == b"hook\nrepo\n"
