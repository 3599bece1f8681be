"""Programs that want more than their workspace may have: ended at its memory, held at its processors, and said so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import docker
import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent
from tests.waiting import eventually
from tests.workspaces_fixtures import work_until_settled
from workspaces import out_of_memory
from workspaces.engine import get_engine
from workspaces.lifecycle.spec import spec_of
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_create, workspace_restart
from workspaces.watch import EngineWatch

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
SECONDS = 10
HOG = ("python3", "-c", "kept = []\nwhile True: kept.append(bytearray(8 * 1024**2))")
BUSY = ("sh", "-c", "for n in 1 2 3 4; do (while :; do :; done) & done; cat")


@pytest.fixture
def small(real_engine: None, terminal: Kind, actor: Actor) -> Workspace:
    """A workspace that runs with 128 MiB and half a core."""
    made = workspace_create(actor, kind="terminal", memory_mb=128, cpus=0.5)
    work_until_settled()
    made.refresh_from_db()
    assert made.state == "running", made.error
    return made


@pytest.fixture
def watched(small: Workspace) -> Iterator[Workspace]:
    """The same, while the engine's events are followed."""
    watch = EngineWatch()
    watch.start()
    yield small
    watch.stop()
    get_engine().remove_container(small.engine_name)  # one more event, so that the stream looks whether to end
    watch.join(SECONDS)
    assert not watch.is_alive()


def now(workspace: Workspace) -> Workspace:
    workspace.refresh_from_db()
    return workspace


def test_a_memory_hog_is_ended_and_the_row_says_so_while_the_workspace_runs_on(
    watched: Workspace, actor: Actor
) -> None:
    done = get_engine().exec(watched.engine_name, HOG, user=watched.kind.user)
    assert done.exit_code == 137
    eventually(lambda: now(watched).out_of_memory_at, "the row says so", SECONDS)
    assert (watched.state, watched.error) == ("running", "")
    assert get_engine().exec(watched.engine_name, ["echo", "alive"]).stdout == b"alive\n"
    assert AuditEvent.objects.filter(action="workspace.out_of_memory", workspace=watched.public_id).count() == 1
    workspace_restart(actor, watched)
    work_until_settled()
    assert (now(watched).state, watched.out_of_memory_at) == ("running", None)


def test_an_app_that_is_itself_the_hog_ends_and_the_row_says_why(watched: Workspace) -> None:
    engine = get_engine()
    engine.remove_container(watched.engine_name)
    eventually(lambda: now(watched).state == "stopped", "its removal is seen", SECONDS)
    engine.ensure_container(replace(spec_of(watched), command=HOG))
    engine.start(watched.engine_name)
    eventually(lambda: now(watched).error_code == "OUT_OF_MEMORY", "its end is seen, and why", SECONDS)
    assert watched.state == "stopped"
    assert watched.error == "It needed more than its 128 MiB of memory and was ended."


def test_an_end_long_after_a_hog_is_not_put_down_to_it(
    watched: Workspace, docker_engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_of_memory, "TOGETHER", out_of_memory.TOGETHER * 0)
    get_engine().exec(watched.engine_name, HOG, user=watched.kind.user)
    eventually(lambda: now(watched).out_of_memory_at, "the row says so", SECONDS)
    docker_engine.api.kill(watched.engine_name)
    eventually(lambda: now(watched).state == "stopped", "its end is seen", SECONDS)
    seen = get_engine().inspect(watched.engine_name)
    assert seen and seen.oom_killed, "the engine says so all the same"
    assert watched.error_code == "ENDED_OUTSIDE"


def test_a_processor_hog_stays_at_its_quota(small: Workspace) -> None:
    engine = get_engine()
    with closing(engine.exec_stream(small.engine_name, BUSY, user=small.kind.user)):
        time.sleep(1)  # until all four are at it, and the quota is what holds them
        before = engine.usage(small.engine_name)
        time.sleep(4)  # forty of the periods in which the kernel counts
        after = engine.usage(small.engine_name)
        assert before and after
        cores = (after.cpu_seconds - before.cpu_seconds) / (after.at - before.at).total_seconds()
    assert 0.3 < cores < 0.5 * 1.05, "less only where the machine itself has less to give"
