"""One moment of layer and volume, while a program in the source writes to both, and whatever ends the taking."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from docker.errors import APIError

from tests.integration.engine.snapshot_parts import run, started, take
from tests.waiting import eventually
from workspaces.engine.base import ContainerSpec, EngineError, EngineUnavailable
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.snapshots import still, sync
from workspaces.engine.docker.snapshots.leftovers import LABEL_FREEZES, REPOSITORY, image_labels, labels, name_of
from workspaces.engine.faults import Killed
from workspaces.engine.snapshots import SnapshotSpec

pytestmark = pytest.mark.integration

# Each turn the same number goes to the volume, into mapped memory of a file there, and to the layer, in this order.
COUNTERS = """
import mmap, os
def plain(path):
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
volume, layer, page = plain("/workspace/n"), plain("/home/coder/n"), plain("/workspace/mapped")
os.ftruncate(page, 4096)
memory = mmap.mmap(page, 4096)
number = 0
while True:
    number += 1
    text = b"%012d" % number
    os.pwrite(volume, text, 0)
    memory[:12] = text
    os.pwrite(layer, text, 0)
"""


@pytest.fixture
def counting(real: DockerEngine, spec: ContainerSpec) -> ContainerSpec:
    counting = replace(spec, command=("python3", "-c", COUNTERS))
    started(real, counting)
    eventually(lambda: real.exec(spec.name, ["cat", "/home/coder/n"]).stdout, "it counts", 20)
    return counting


def counters(real: DockerEngine, name: str) -> list[int]:
    return [int(text) for text in run(real, name, "cd /workspace; for f in n mapped ~/n; do head -c12 $f; echo; done",
                                      user="coder").split()]  # fmt: skip


def test_layer_and_volume_are_of_one_moment(
    real: DockerEngine, counting: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    run(real, counting.name, "head -c 20M /dev/urandom > /workspace/much; cp /workspace/much ~/", user="coder")
    began = counters(real, counting.name)[0]
    taken = take(real, wanted)
    ended = counters(real, counting.name)[2]
    started(real, replace(clone, command=("sleep", "infinity")))
    volume, mapped, layer = counters(real, clone.name)
    assert began < layer <= mapped <= volume <= layer + 1 and volume < ended
    assert 0 < taken.frozen_ms < 5000
    later = counters(real, counting.name)[0]
    eventually(lambda: counters(real, counting.name)[0] > later, "the source goes on", 10)


KILLED_AT = ("create_volume", "create_container", "start", "pause", "commit", "load_image", "wait", "unpause")


@pytest.mark.parametrize("method", KILLED_AT)
@pytest.mark.parametrize("error", [Killed("to order"), EngineUnavailable("to order"), OSError("to order")], ids=type)
def test_whatever_ends_it_the_source_runs_on_and_nothing_is_left(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, method: str, error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    started(real, spec)
    monkeypatch.setattr(still, "WAKE_EVERY_SECONDS", 0)
    api, broken = real._patient.api, [True]
    before = getattr(api, method)

    def breaks(*args: Any, **kwargs: Any) -> Any:
        if broken.pop() if broken else False:
            raise error
        return before(*args, **kwargs)

    monkeypatch.setattr(api, method, breaks)
    if method == "unpause" and not isinstance(error, Killed):
        take(real, wanted)  # it is asked again
    else:
        with pytest.raises((Killed, EngineError)):
            take(real, wanted)
        assert left(real, wanted) == []
    seen = real.inspect(spec.name)
    assert seen and seen.status == "running"
    take(real, wanted)
    assert real.snapshots() == [wanted.snapshot]


def left(real: DockerEngine, wanted: SnapshotSpec) -> list[str]:
    api, ours = real.client.api, {"label": f"spaces.snapshot={wanted.snapshot}"}
    return [
        *(row["Names"][0] for row in api.containers(all=True, filters=ours)),
        *(row["Name"] for row in api.volumes(filters=ours)["Volumes"] or []),
        *(str(row["RepoTags"]) for row in api.images(filters=ours)),
    ]


def test_one_that_a_dead_worker_left_standing_is_woken(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec
) -> None:
    """What a kill at the worst moment leaves, made here by hand."""
    api = real.client.api
    started(real, spec)
    names = {what: name_of(wanted.snapshot, what) for what in ("sync", "staging", "frozen")}
    api.create_volume(names["staging"], labels=labels(wanted))
    api.create_container(wanted.helper_image, name=names["sync"], labels=labels(wanted))
    api.create_volume(names["frozen"], labels={**labels(wanted), LABEL_FREEZES: spec.name})
    api.pause(spec.name)
    api.commit(spec.name, repository=REPOSITORY, tag=f"{wanted.snapshot}-layer", pause=False,
               conf={"Labels": image_labels(wanted.snapshot)})  # fmt: skip
    assert len(left(real, wanted)) == 4 and real.snapshots() == [wanted.snapshot]
    assert [state.name for state in real.containers()] == [spec.name] and real.volumes() == [spec.name]
    real.snapshot_remove(wanted.snapshot, wanted.image)
    seen = real.inspect(spec.name)
    assert seen and seen.status == "running"
    assert left(real, wanted) == [] and real.snapshots() == []


def test_a_clone_is_not_what_is_left_of_its_snapshot(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    started(real, spec)
    take(real, wanted)
    started(real, clone)
    take(real, wanted)
    seen = real.inspect(clone.name)
    assert seen and seen.status == "running"


def test_one_that_cannot_be_paused_at_first_is_tried_again(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(real, spec)
    monkeypatch.setattr(still, "PAUSE_EVERY_SECONDS", 0)
    api, refusals = real._patient.api, [1, 2, 3]
    pause = api.pause

    def busy(name: str) -> None:
        if refusals:
            refusals.pop()
            raise APIError("unable to freeze")
        pause(name)

    monkeypatch.setattr(api, "pause", busy)
    assert take(real, wanted).frozen_ms > 0
    refusals.extend(range(still.PAUSE_TRIES))
    with pytest.raises(EngineError, match="unable to freeze"):
        take(real, wanted)
    seen = real.inspect(spec.name)
    assert seen and seen.status == "running" and left(real, wanted) == []


def test_a_container_that_ends_meanwhile_is_taken_as_it_ended(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(real, spec)
    api = real._patient.api
    pause = api.pause

    def ends(name: str) -> None:
        real.client.api.kill(name)
        time.sleep(0.5)  # the engine notes it a moment later
        pause(name)

    monkeypatch.setattr(api, "pause", ends)
    take(real, wanted)
    seen = real.inspect(spec.name)
    assert seen and seen.status == "stopped"


def test_what_fills_up_while_it_is_copied_is_copied_until_little_is_left(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[bool] = []
    once = sync.Sync._pass

    def counted(self: sync.Sync, *, still: bool, seconds: float) -> dict[str, Any]:
        passes.append(still)
        done = once(self, still=still, seconds=seconds)
        run(real, spec.name, f"head -c 10M /dev/urandom > /workspace/{len(passes)}" if not still else ":", user="coder")
        return done

    monkeypatch.setattr(sync.Sync, "_pass", counted)
    started(real, spec)
    run(real, spec.name, "head -c 10M /dev/urandom > /workspace/0", user="coder")
    with monkeypatch.context() as patch:
        patch.setattr(sync.Sync, "while_it_stands_still", lambda self: once(self, still=True, seconds=60))
        take(real, wanted)
    assert passes == [False] * sync.PASSES
    started(real, clone)
    sizes = run(real, clone.name, "cd /workspace && stat -c %s 0 1 2 3", user="coder").split()
    assert sizes == [str(10 * 1024**2)] * 4
