"""What should be true of one workspace on the engine, step by step. Every step may have been done before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from workspaces.engine.base import (
    ContainerMissing,
    ContainerSpec,
    ContainerState,
    Engine,
    EngineConflict,
    ImageMissing,
)
from workspaces.engine.users import begins_as_root
from workspaces.image_builds import GUARD_IMAGE, image_wanted
from workspaces.lifecycle.answering import until_ready
from workspaces.lifecycle.beside import beside, network_ensure
from workspaces.lifecycle.setting_up import set_up, setup_of
from workspaces.lifecycle.spec import spec_of
from workspaces.lifecycle.turns import turn
from workspaces.models import Setup, Snapshot, Workspace
from workspaces.problems import Failed
from workspaces.reasons import SNAPSHOT_GONE
from workspaces.snapshots.identity import identity_files
from workspaces.snapshots.waiting import snapshot_ready
from workspaces.states import Step

log = logging.getLogger(__name__)

Report = Callable[..., None]
"""`report(step, percent, detail="")`; raises `Superseded` when the operation is no longer open."""


def ensure_running(workspace: Workspace, engine: Engine, report: Report, asked_at: datetime) -> ContainerState:
    """Afterwards the container exists, runs, and its app answers. Makes whatever is missing; loses nothing.

    `asked_at`: when somebody wished so, which a snapshot that failed before is tried again for.
    """
    state = _ready(workspace, engine, report, asked_at)
    if _set_up_late(workspace) and (setup := setup_of(workspace)) is not None:
        set_up(workspace, setup, engine, report)
    return state


def _set_up_late(workspace: Workspace) -> bool:
    """Whether what is put into it waits until its app is there: an image that begins as root says only then whose its
    folder is, and what was in it before would not be its user's."""
    return begins_as_root(workspace.kind.user)


def _ready(workspace: Workspace, engine: Engine, report: Report, asked_at: datetime) -> ContainerState:
    name = workspace.engine_name
    existing = engine.inspect(name)
    if existing is not None and existing.status == "created":
        engine.remove_container(name)  # it never ran, so it holds nothing, and may be made of what has changed since
        existing = None
    if existing is None and workspace.snapshot is not None:
        snapshot_ready(workspace.snapshot, asked_at)
        if not workspace.container_id:  # what a try that was cut off has put there may be half of it
            _volume_removed(workspace, engine)
    if existing is not None and existing.status == "running" and existing.address:
        return until_ready(workspace, engine, existing, report)
    if existing is not None and existing.status == "paused" and existing.address:  # awake at once, in its network
        report(Step.START, 55)
        return until_ready(workspace, engine, engine.unpause(name), report)
    setup = None if _set_up_late(workspace) else setup_of(workspace)
    with turn(lambda: report(Step.QUEUED, 5)) as mine:
        if setup is not None:
            mine.pass_on()  # what is put into it first comes over the network, and takes no core
        state = _started(workspace, engine, existing, report, setup)
        return until_ready(workspace, engine, state, report, mine.pass_on_if_long)


def _volume_removed(workspace: Workspace, engine: Engine) -> None:
    """Helpers are in the way only where somebody has looked at the files of one that failed."""
    try:
        engine.remove_volume(workspace.engine_name)
    except EngineConflict:
        engine.remove_helpers(workspace.public_id)
        engine.remove_volume(workspace.engine_name)


def _started(
    workspace: Workspace, engine: Engine, existing: ContainerState | None, report: Report, setup: Setup | None = None
) -> ContainerState:
    """The container when it runs in its network.

    Making a network takes longer than all else that is done before a container starts, so it is made meanwhile.
    """
    name, spec = workspace.engine_name, spec_of(workspace)
    report(Step.NETWORK, 10)
    with beside(network_ensure, engine, spec, workspace.blocked_ranges) as network:
        starts_alone = existing is None and spec.joins_late
        if existing is None:
            report(Step.CONTAINER, 40)
            existing = _made(workspace, engine, spec, report)
        Workspace.objects.filter(pk=workspace.pk).update(container_id=existing.id, image=existing.image)
        if setup is not None or not starts_alone:
            _network_done(network, workspace, engine, spec, report)
        if setup is not None:
            set_up(workspace, setup, engine, report)
        report(Step.START, 55)
        state = engine.start(name)
        _network_done(network, workspace, engine, spec, report)
    return state if state.address else engine.join(name)


def _made(workspace: Workspace, engine: Engine, spec: ContainerSpec, report: Report) -> ContainerState:
    """A new container. That its image is there is found out by using it, which nobody can remove in between."""
    snapshot = workspace.snapshot
    app_port = snapshot.columns.get("app_port") if snapshot else None
    if workspace.app_port != app_port:  # that of a container that is gone
        Workspace.objects.filter(pk=workspace.pk).update(app_port=app_port)
        workspace.app_port = app_port
    if snapshot is not None:
        spec = replace(spec, files=identity_files(snapshot.identity))  # new for each container that is made
    try:
        return engine.ensure_container(spec)
    except ImageMissing:
        if snapshot is not None:
            _leave_snapshot(workspace, engine)
            return _made(workspace, engine, spec_of(workspace), report)
        image_wanted(workspace.kind.image, engine, _image_report(report))
        return engine.ensure_container(spec)  # it came just now


def _leave_snapshot(workspace: Workspace, engine: Engine) -> None:
    """Its kind's image takes the place of its snapshot's, which is gone, as after a backup was played back: its files
    are in its volume, and only programs are missing. Raises `Failed` where there is no volume of its own yet."""
    if not workspace.container_id or workspace.engine_name not in engine.volumes():
        raise Failed("SNAPSHOT_GONE", SNAPSHOT_GONE) from None
    log.warning("the image that %s was made of is gone; it gets that of its kind", workspace.public_id)
    Workspace.objects.filter(pk=workspace.pk).update(snapshot=None)
    workspace.snapshot = None


def _network_done(
    network: Future[None], workspace: Workspace, engine: Engine, spec: ContainerSpec, report: Report
) -> None:
    """Wait for the network, or ask for the guard's image where that is missing."""
    try:
        network.result()
    except ImageMissing:
        image_wanted(GUARD_IMAGE, engine, _image_report(report))
        network_ensure(engine, spec, workspace.blocked_ranges)


def _image_report(report: Report) -> Callable[[int, str], None]:
    return lambda percent, text: report(Step.IMAGE, 20 + percent // 5, text)


def ensure_restarted(workspace: Workspace, engine: Engine, report: Report, asked_at: datetime) -> ContainerState:
    """Afterwards the container runs and was stopped in between."""
    report(Step.STOP, 5)
    engine.stop(workspace.engine_name)
    return ensure_running(workspace, engine, report, asked_at)


def ensure_reset(
    workspace: Workspace, engine: Engine, report: Report, asked_at: datetime, backup: Snapshot | None
) -> ContainerState:
    """Afterwards its container and volume were made anew from its snapshot, and run. First, `backup` is there.

    The row forgets its container before that goes: whatever comes in between, a volume without a container is then
    removed as well, and nobody finds what was to be gone.
    """
    report(Step.SNAPSHOT, 2)
    if backup is not None:
        snapshot_ready(backup, asked_at)
    assert workspace.snapshot is not None
    snapshot_ready(workspace.snapshot, asked_at)
    report(Step.REMOVE, 5)
    Workspace.objects.filter(pk=workspace.pk).update(container_id="")
    workspace.container_id = ""
    engine.remove_helpers(workspace.public_id)
    engine.remove_container(workspace.engine_name)
    engine.remove_volume(workspace.engine_name)
    return ensure_running(workspace, engine, report, asked_at)


def ensure_stopped(workspace: Workspace, engine: Engine, report: Report) -> None:
    """Afterwards nothing of it runs. A missing container is stopped enough."""
    report(Step.STOP, 30)
    engine.stop(workspace.engine_name)


def ensure_paused(workspace: Workspace, engine: Engine, report: Report) -> ContainerState | None:
    """Afterwards its processes are frozen. None when there was nothing running to freeze."""
    report(Step.PAUSE, 30)
    try:
        engine.pause(workspace.engine_name)
    except (ContainerMissing, EngineConflict):
        return None
    return engine.inspect(workspace.engine_name)


def ensure_removed(workspace: Workspace, engine: Engine, report: Report, *, keep_files: bool = False) -> None:
    """Afterwards container, network and volume are gone, in this order: each is free once the one before is gone.

    With `keep_files` the volume stays. The helpers beside it go first, which have a share in both.
    """
    report(Step.REMOVE, 10)
    engine.remove_helpers(workspace.public_id)
    engine.remove_container(workspace.engine_name)
    report(Step.REMOVE_NETWORK, 50)
    engine.remove_network(workspace.engine_name)
    if not keep_files:
        report(Step.REMOVE_VOLUME, 75)
        engine.remove_volume(workspace.engine_name)
