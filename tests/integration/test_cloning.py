"""Copies, resets and expiry on the real engine, through the product's services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import docker
import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.integration.engine.snapshot_parts import PEOPLE, planted
from tests.workspaces_fixtures import work_until_settled
from workspaces import services
from workspaces.engine import get_engine
from workspaces.models import Kind, Snapshot, Workspace
from workspaces.services import workspace_create
from workspaces.services.cloning import Cloning, workspace_clone
from workspaces.services.resetting import workspace_reset
from workspaces.snapshots import expire_round
from workspaces.states import State

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
CANARY = "c4nary" + "OfTheSource"  # in two parts, so that nothing but what is planted has it in one
PATTERN = CANARY[:-1] + f"[{CANARY[-1]}]"  # which does not fit itself on a command line
SEARCH = f"""
grep -rlas '{PATTERN}' / --exclude-dir=proc --exclude-dir=sys --exclude-dir=dev
for one in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do grep -las '{PATTERN}' "$one"; done; :
"""
PLANTED = {
    "/workspace/.bash_history": f"mysql -p{CANARY}\n",
    "/workspace/.git-credentials": f"https://ann:{CANARY}@git.example.org\n",
    "/workspace/.ssh/id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY----- {CANARY}\n",
    "/workspace/project/.git/config": f'[remote "origin"]\n\turl = https://ann:{CANARY}@git.example.org/a.git\n',
    "/workspace/project/app.py": "print('hello')\n",
}
PLANTED_BY_ROOT = {
    "/usr/local/bin/tool": "installed\n",
    "/etc/ssh/ssh_host_ed25519_key": f"host key {CANARY}\n",
    "/etc/ssh/ssh_host_ed25519_key.pub": f"host key {CANARY}\n",
    "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
}


@pytest.fixture
def run(docker_engine: docker.DockerClient) -> Any:
    """`run(workspace, script, user="")`: what a shell in it prints, by default that of the person who works in it."""

    def run(workspace: Workspace, script: str, user: str = "") -> str:
        done = docker_engine.containers.get(workspace.engine_name).exec_run(["sh", "-c", script], user=user)
        assert done.exit_code == 0, done.output
        assert isinstance(done.output, bytes)
        return done.output.decode()

    return run


@pytest.fixture(autouse=True)
def _room(settings: Any) -> None:
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 20


def settled(workspace: Workspace) -> Workspace:
    work_until_settled()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING, workspace.error
    return workspace


def clones(begun: Cloning) -> list[Workspace]:
    return [settled(one) for one in begun.clones]


def test_in_a_clone_no_secret_of_the_source_is_found(
    real_engine: None, terminal: Kind, actor: Actor, alice: User, run: Any
) -> None:
    source = settled(
        workspace_create(
            actor, kind="terminal", name="Base", memory_mb=256, cpus=1, password=f"pw {CANARY}",
            environment={"API_TOKEN": CANARY},
        )
    )  # fmt: skip
    for files, owner in ((PLANTED, PEOPLE), (PLANTED_BY_ROOT, 0)):
        content = {path: text.encode() for path, text in files.items()}
        planted(get_engine(), source.engine_name, content, owner)  # type: ignore[arg-type]
    found = run(source, SEARCH) + run(source, SEARCH, "root")
    hidden = {path for path, text in (PLANTED | PLANTED_BY_ROOT).items() if CANARY in text}
    assert hidden | {"/proc/1/environ"} <= set(found.split())
    one, two = clones(workspace_clone(actor, source, count=2))
    for made in (one, two):
        for user in ("", "root"):  # no capability: root reads its own files, and the other one theirs
            assert run(made, SEARCH, user) == ""
        assert run(made, "cat /workspace/project/app.py") == "print('hello')\n"
        assert run(made, "cat /usr/local/bin/tool", "root") == "installed\n"
        assert "url = https://git.example.org/a.git" in run(made, "cat /workspace/project/.git/config")
        assert run(made, "hostname").strip() == made.public_id
        assert not made.has_password and made.environment_sealed == ""
    who = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.pub"
    assert len({run(made, who, "root") for made in (source, one, two)}) == 3
    ids = [run(made, "cat /etc/machine-id", "root").strip() for made in (source, one, two)]
    assert len(set(ids)) == 3 and {len(number) for number in ids} == {32}
    assert run(one, "stat -c '%a %U' /etc/ssh/ssh_host_ed25519_key").strip() == "600 root"
    assert ids[0] == "0123456789abcdef0123456789abcdef", "the source keeps its own"
    [snapshot] = Snapshot.objects.all()
    assert snapshot.frozen_ms is not None and snapshot.frozen_ms < 1000


def test_a_reset_brings_back_what_was_prepared_and_the_backup_what_was_there(
    real_engine: None, workspace: Workspace, actor: Actor, run: Any, docker_engine: docker.DockerClient
) -> None:
    run(workspace, "echo prepared > /workspace/a.txt")
    run(workspace, "echo prepared > /opt/layer; chown -R coder /opt 2>/dev/null || chmod -R a+rwX /opt", "root")
    [seat] = clones(workspace_clone(actor, workspace, count=1))
    prepared = seat.snapshot
    assert prepared is not None
    dirty = "echo mine > /workspace/a.txt; echo mine > /workspace/.hidden; echo mine > /opt/layer; echo mine > /opt/new"
    see = "cat /workspace/a.txt /opt/layer; ls -A /workspace /opt"

    run(seat, dirty)
    before = docker_engine.containers.get(seat.engine_name).id
    _operation, kept = workspace_reset(actor, seat, prepared)
    assert kept is None
    assert workspace_reset(actor, seat, prepared)[1] is None, "asked twice, done once"
    settled(seat)
    assert docker_engine.containers.get(seat.engine_name).id != before
    shown = run(seat, see)
    assert shown.startswith("prepared\nprepared\n") and ".hidden" not in shown and "new" not in shown

    run(seat, dirty)
    operation, kept = workspace_reset(actor, seat, prepared, backup=True)
    assert kept is not None and operation.backup == kept
    settled(seat)
    assert run(seat, see) == shown
    kept.refresh_from_db()
    assert kept.is_ready

    _operation, again = workspace_reset(actor, seat, kept)
    settled(seat)
    assert run(seat, see).startswith("mine\nmine\n") and ".hidden" in run(seat, see) and again is None
    workspace_reset(actor, seat, prepared)
    settled(seat)
    assert run(seat, see) == shown


def test_what_has_had_its_time_goes_with_its_snapshot(
    real_engine: None, workspace: Workspace, actor: Actor, run: Any, docker_engine: docker.DockerClient
) -> None:
    engine = get_engine()
    run(workspace, "echo 1 > /workspace/a.txt")
    first = clones(workspace_clone(actor, workspace, count=2))
    [deeper] = clones(workspace_clone(actor, first[0], count=1))
    images = list(Snapshot.objects.order_by("pk").values_list("image", flat=True))
    Snapshot.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert expire_round(engine) == 0 and len(engine.snapshots()) == 2

    Workspace.objects.filter(pk__in=[one.pk for one in first]).update(expires_at=timezone.now())
    assert expire_round(engine) == 2
    work_until_settled()
    assert set(Workspace.objects.values_list("pk", flat=True)) == {workspace.pk, deeper.pk}
    assert expire_round(engine) == 1
    assert engine.snapshots() == [Snapshot.objects.get().public_id]
    assert run(deeper, "cat /workspace/a.txt") == "1\n"
    services.workspace_restart(actor, deeper)
    assert run(settled(deeper), "cat /workspace/a.txt") == "1\n"

    services.workspace_delete(actor, deeper)
    work_until_settled()
    assert expire_round(engine) == 1
    assert not Snapshot.objects.exists() and engine.snapshots() == []
    for name in images:
        with pytest.raises(docker.errors.ImageNotFound):
            docker_engine.images.get(name)


def test_a_snapshot_without_a_row_is_removed(
    real_engine: None, workspace: Workspace, actor: Actor, docker_engine: docker.DockerClient
) -> None:
    [made] = clones(workspace_clone(actor, workspace, count=1))
    services.workspace_delete(actor, made)
    work_until_settled()
    Snapshot.objects.all().delete()
    engine = get_engine()
    assert len(engine.snapshots()) == 1
    assert expire_round(engine) == 1 and engine.snapshots() == []


def test_what_is_stopped_or_paused_is_copied_and_stays_so(
    real_engine: None, workspace: Workspace, actor: Actor, run: Any, docker_engine: docker.DockerClient
) -> None:
    run(workspace, "echo 1 > /workspace/a.txt")
    for rest, status in ((services.workspace_pause, "paused"), (services.workspace_stop, "exited")):
        rest(actor, workspace)
        work_until_settled()
        [made] = clones(workspace_clone(actor, workspace, count=1))
        assert run(made, "cat /workspace/a.txt") == "1\n"
        assert docker_engine.containers.get(workspace.engine_name).status == status
