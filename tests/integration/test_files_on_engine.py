"""The files of workspaces on the real engine: in every state, as the workspace's own user, and never outside."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import docker
import pytest
from django.db import connection

from accounts.actors import Actor
from spaces_site.errors import Forbidden, Invalid, NotFound, SpacesError
from tests.waiting import eventually
from tests.workspaces_fixtures import work_until_settled
from workspaces import files
from workspaces.engine import get_engine
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.models import Workspace
from workspaces.services import workspace_delete, workspace_pause, workspace_stop

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
CHANGE: dict[str, Callable[[Actor, Workspace], object]] = {
    "running": lambda actor, workspace: None,
    "paused": workspace_pause,
    "stopped": workspace_stop,
}


def run(workspace: Workspace, command: str) -> str:
    """What a shell in the workspace prints."""
    done = get_engine().exec(workspace.engine_name, ["sh", "-c", command], user=workspace.kind.user)
    assert done.exit_code == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("state", CHANGE)
def test_files_are_worked_on_in_every_state(state: str, workspace: Workspace, actor: Actor) -> None:
    content = os.urandom(5 * 2**20 + 1)
    run(workspace, "mkdir -p /workspace/d && echo inside > /workspace/d/f && ln -s /workspace/d /workspace/link")
    CHANGE[state](actor, workspace)
    work_until_settled()
    assert files.file_read(actor, workspace, "link/f").content == b"inside\n"
    files.file_write(actor, workspace, "new/deep/file.bin", [content[:100], content[100:]])
    assert b"".join(files.file_open(actor, workspace, "new/deep/file.bin").chunks()) == content
    files.entry_rename(actor, workspace, "d/f", "new/g")
    files.entries_delete(actor, workspace, ["d"])
    files.files_put(get_engine(), workspace, {"put/empty": b""})
    names = [entry.name for entry in files.entries_list(actor, workspace).entries]
    assert [name for name in names if not name.startswith(".")] == ["link", "new", "put"]
    usage = files.disk_usage(workspace)
    assert usage.complete
    assert len(content) <= usage.size < usage.used < usage.total
    workspace.refresh_from_db()
    assert workspace.state == state


def test_what_comes_in_belongs_to_the_workspaces_user(workspace: Workspace, actor: Actor) -> None:
    files.file_write(actor, workspace, "a/b", [b"x"])
    files.folder_make(actor, workspace, "c")
    owner = run(workspace, "id -u").strip()
    assert set(run(workspace, "cd /workspace && stat -c %u a a/b c").split()) == {owner}
    run(workspace, "echo more >> /workspace/a/b && mkdir /workspace/a/d")


def test_what_the_user_may_not_nobody_may_from_here(
    workspace: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    as_root = "cd /workspace && echo secret > root && chmod 600 root && mkdir locked && chmod 700 locked"
    volumes = {workspace.engine_name: {"bind": "/workspace", "mode": "rw"}}
    image = image_ref(HELPER_IMAGE)
    docker_engine.containers.run(image, entrypoint=["sh", "-c", as_root], volumes=volumes, user="0", remove=True)
    for refused in (
        lambda: files.file_read(actor, workspace, "root"),
        lambda: files.entries_list(actor, workspace, "locked"),
        lambda: files.file_write(actor, workspace, "locked/f", [b""]),
    ):
        with pytest.raises(Forbidden) as error:
            refused()
        assert error.value.code == "FILE_DENIED"


def test_links_lead_nowhere_but_below_workspace(workspace: Workspace, actor: Actor) -> None:
    targets = ("/etc/passwd", "../etc/passwd", "/proc/self/environ", "/workspace/../etc/passwd", "/opt/spaces/files.py")
    for number, target in enumerate(targets):
        run(workspace, f"ln -s {target} /workspace/out{number}")
        for ask in (
            lambda path: files.file_read(actor, workspace, path),
            lambda path: files.file_write(actor, workspace, path, [b"x"]),
            lambda path: files.archive_open(actor, workspace, [path]),
        ):
            with pytest.raises(Invalid) as error:
                ask(f"out{number}")
            assert error.value.code == "PATH_OUTSIDE"


@pytest.mark.django_db(transaction=True)
def test_nothing_outside_is_read_while_the_workspace_swaps_folders_for_links(
    workspace: Workspace, actor: Actor
) -> None:
    run(workspace, "mkdir /workspace/d && echo inside > /workspace/d/hostname && ln -s /etc /workspace/l")
    swap = "cd /workspace; while :; do mv d t; mv l d; mv d l; mv t d; done"
    get_engine().exec(workspace.engine_name, ["sh", "-c", f"({swap}) >/dev/null 2>&1 &"], user=workspace.kind.user)
    seen: list[bytes | str] = []

    def ask() -> None:
        for _ in range(25):
            try:
                seen.append(files.file_read(actor, workspace, "d/hostname").content)
            except SpacesError as error:
                seen.append(error.code)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(3)]
    ask()  # the first starts the helper
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {b"inside\n", "PATH_OUTSIDE", "FILE_NOT_FOUND", "NOT_A_FOLDER", "PATH_INVALID"}
    assert b"inside\n" in seen


def test_a_helper_that_was_killed_is_begun_again(
    workspace: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    files.file_write(actor, workspace, "f", [b"x"])
    docker_engine.containers.get(f"{workspace.engine_name}-files").kill()
    assert files.file_read(actor, workspace, "f").content == b"x"


def test_an_upload_whose_sender_leaves_leaves_nothing(workspace: Workspace, actor: Actor) -> None:
    upload = files.upload_open(actor, workspace, "f")
    upload.send(bytes(2**20))
    upload.close()
    eventually(
        lambda: [e.name for e in files.entries_list(actor, workspace).entries if not e.name.startswith(".bash")] == [],
        "nothing is there",
        5,
    )


def test_a_download_that_nobody_reads_ends_beside_the_workspace(workspace: Workspace, actor: Actor) -> None:
    run(workspace, "head -c 50000000 /dev/zero > /workspace/large")
    download = files.file_open(actor, workspace, "large")
    next(download.chunks())
    download.close()
    name, count = f"{workspace.engine_name}-files", ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"]
    eventually(lambda: b"files.py" not in get_engine().exec(name, count).stdout, "the program ends", 5)


def test_no_helper_is_left_of_a_deleted_workspace(
    workspace: Workspace, actor: Actor, docker_engine: docker.DockerClient, instance: str
) -> None:
    files.entries_list(actor, workspace)
    workspace_delete(actor, workspace)
    work_until_settled()
    with pytest.raises(NotFound):
        files.disk_usage(workspace)
    assert docker_engine.containers.list(all=True, filters={"label": f"spaces.helps={workspace.public_id}"}) == []
    assert docker_engine.volumes.list(filters={"name": workspace.engine_name}) == []
