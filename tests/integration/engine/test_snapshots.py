"""Snapshots, on the real engine and the fake: what a container and its volume are, as an image for others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.waiting import eventually
from workspaces.engine.base import ContainerMissing, ContainerSpec, Engine, ImageMissing
from workspaces.engine.fake import FakeEngine
from workspaces.engine.snapshots import SnapshotSpec, SnapshotTaken

pytestmark = pytest.mark.integration


def put(engine: Engine, name: str, path: str, data: bytes) -> None:
    """The file is in the container, running, from now on; below /workspace it is in the volume."""
    if isinstance(engine, FakeEngine):
        inside = path.removeprefix("/workspace/")
        (engine.volume_files if inside != path else engine.layer_files).setdefault(name, {})[inside] = data
        return
    done = engine.exec(name, ["sh", "-c", f"cat > {path}"], stdin=data)
    assert done.exit_code == 0, done.stderr


def got(engine: Engine, name: str, path: str) -> bytes | None:
    if isinstance(engine, FakeEngine):
        inside = path.removeprefix("/workspace/")
        return (engine.volume_files if inside != path else engine.layer_files)[name].get(inside)
    done = engine.exec(name, ["cat", path], user="0")
    return done.stdout if done.exit_code == 0 else None


def take(engine: Engine, spec: SnapshotSpec) -> SnapshotTaken:
    steps: list[tuple[int, str]] = []
    taken = engine.snapshot_take(spec, lambda percent, step: steps.append((percent, step)))
    percents = [percent for percent, _step in steps]
    assert percents == sorted(percents) and all(0 <= percent <= 100 and step for percent, step in steps)
    return taken


def status(engine: Engine, name: str) -> str:
    seen = engine.inspect(name)
    return seen.status if seen else "none"


def start(engine: Engine, spec: ContainerSpec) -> None:
    """It runs, made as a workspace is."""
    engine.ensure_volume(spec.name, spec.labels)
    engine.ensure_network(spec.name, spec.labels, "internet")
    engine.ensure_container(spec)
    engine.start(spec.name)


def test_a_clone_has_the_files_of_layer_and_volume(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    put(engine, running.name, "/workspace/work.txt", b"in the volume")
    put(engine, running.name, "/home/coder/tool.txt", b"in the layer")
    taken = take(engine, wanted)
    assert taken.layers > 1 and taken.size_bytes >= len(b"in the volumein the layer") and taken.frozen_ms > 0
    assert status(engine, running.name) == "running"
    put(engine, running.name, "/workspace/work.txt", b"later")
    start(engine, clone)
    assert got(engine, clone.name, "/workspace/work.txt") == b"in the volume"
    assert got(engine, clone.name, "/home/coder/tool.txt") == b"in the layer"
    put(engine, clone.name, "/workspace/work.txt", b"its own")
    assert got(engine, running.name, "/workspace/work.txt") == b"later"
    assert {state.name for state in engine.containers()} == {running.name, clone.name}
    assert sorted(engine.volumes()) == sorted([running.name, clone.name])


@pytest.mark.parametrize("state", ["created", "paused", "stopped"])
def test_what_does_not_run_is_left_so(
    engine: Engine, made: ContainerSpec, wanted: SnapshotSpec, state: str
) -> None:
    if state != "created":
        engine.start(made.name)
    if state == "paused":
        engine.pause(made.name)
    if state == "stopped":
        engine.stop(made.name, grace_seconds=0)
    assert take(engine, wanted).frozen_ms == 0
    assert status(engine, made.name) == state
    assert engine.image_exists(wanted.image)


def test_twice_is_the_later_moment(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    for text in (b"first", b"second"):
        put(engine, running.name, "/workspace/work.txt", text)
        take(engine, wanted)
    assert engine.snapshots() == [wanted.snapshot]
    start(engine, clone)
    assert got(engine, clone.name, "/workspace/work.txt") == b"second"


def test_the_removed_is_gone_and_missing_is_fine(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec
) -> None:
    assert engine.snapshots() == []
    take(engine, wanted)
    assert engine.snapshots() == [wanted.snapshot]
    for _ in range(2):
        engine.snapshot_remove(wanted.snapshot, wanted.image)
        assert engine.snapshots() == []
        assert not engine.image_exists(wanted.image)


def test_a_clone_goes_on_when_its_snapshot_is_removed(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    put(engine, running.name, "/workspace/work.txt", b"work")
    take(engine, wanted)
    start(engine, clone)
    engine.stop(clone.name, grace_seconds=0)
    engine.snapshot_remove(wanted.snapshot, wanted.image)
    assert not engine.image_exists(wanted.image)
    assert engine.snapshots() == [wanted.snapshot], "it is to be removed again"
    engine.start(clone.name)
    assert got(engine, clone.name, "/workspace/work.txt") == b"work"
    of_it = replace(wanted, container=clone.name, snapshot=f"{wanted.snapshot}2", image=f"{wanted.image}2")
    assert take(engine, of_it).layers > 1
    engine.remove_container(clone.name)

    def is_gone() -> bool:
        """What making the other one has left may stand on it for a moment more, and is cleared in the background."""
        engine.snapshot_remove(wanted.snapshot, wanted.image)
        return engine.snapshots() == [of_it.snapshot]

    eventually(is_gone, "it is removed at last", 20)


def test_what_is_not_there_is_said(engine: Engine, made: ContainerSpec, wanted: SnapshotSpec) -> None:
    with pytest.raises(ContainerMissing):
        take(engine, replace(wanted, container="spaces-nothere00000"))
    if isinstance(engine, FakeEngine):
        engine.missing_images.add("spaces/none:1")
    with pytest.raises(ImageMissing):
        take(engine, replace(wanted, helper_image="spaces/none:1"))
    assert engine.snapshots() == []


def test_the_identity_is_told_and_a_backup_keeps_it(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec
) -> None:
    assert take(engine, wanted).identity == ()
    put_as_root(engine, running.name, "/etc/machine-id", b"0123456789abcdef0123456789abcdef\n")
    assert take(engine, wanted).identity == ("/etc/machine-id",)
    assert take(engine, replace(wanted, keep_secrets=True)).identity == ()


def put_as_root(engine: Engine, name: str, path: str, data: bytes) -> None:
    if isinstance(engine, FakeEngine):
        put(engine, name, path, data)
    else:
        from workspaces.engine.docker.files import files_archive

        engine.client.api.put_archive(name, "/", files_archive({path: data}))  # type: ignore[attr-defined]


def test_files_are_there_before_it_starts(engine: Engine, spec: ContainerSpec) -> None:
    own = replace(spec, files={"/etc/machine-id": b"its own\n", "/etc/ssh/ssh_host_ed25519_key": b"private\n"})
    engine.ensure_network(own.name, own.labels, "internet")
    for _ in range(2):
        engine.ensure_container(own)
    engine.start(own.name)
    assert got(engine, own.name, "/etc/machine-id") == b"its own\n"
    assert got(engine, own.name, "/etc/ssh/ssh_host_ed25519_key") == b"private\n"


def test_one_that_was_made_and_removed_is_made_anew_with_the_same_files(
    engine: Engine, running: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    put(engine, running.name, "/workspace/work.txt", b"work")
    take(engine, wanted)
    engine.ensure_container(clone)
    engine.remove_container(clone.name)
    engine.remove_volume(clone.name)
    start(engine, clone)
    assert got(engine, clone.name, "/workspace/work.txt") == b"work"


def test_limits_change_while_it_runs(engine: Engine, running: ContainerSpec) -> None:
    engine.resize(running.name, memory_mb=300, cpus=1.5)
    assert status(engine, running.name) == "running"
    with pytest.raises(ContainerMissing):
        engine.resize("spaces-nothere00000", memory_mb=300, cpus=1)
