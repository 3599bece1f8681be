"""Takes a snapshot once for all who wait for it. The row says how far it is; the task is only the wake-up call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from workspaces import live
from workspaces.engine import get_engine
from workspaces.engine.base import (
    LABEL_INSTANCE,
    ContainerMissing,
    Engine,
    EngineError,
    EngineUnavailable,
    ImageMissing,
)
from workspaces.engine.snapshots import SnapshotSpec, SnapshotTaken
from workspaces.image_builds import HELPER_IMAGE, image_wanted
from workspaces.images import image_ref
from workspaces.leases import free_now, lease
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.observe import observe
from workspaces.problems import Failed, NotYet
from workspaces.reasons import (
    BUG,
    ENGINE_REFUSED,
    ENGINE_SILENT,
    SNAPSHOT_FAILED,
    SNAPSHOT_NOTHING,
    SNAPSHOT_SOURCE_GONE,
)
from workspaces.sending import snapshot_wake, wake
from workspaces.states import OPEN_OPERATIONS, State, Step

TRIES = 3
"""Times that the engine may refuse before it is believed."""
LIMIT = timedelta(minutes=15)
"""How long it is tried while the engine is away."""
AGAIN_AFTER = timedelta(seconds=10)
"""When somebody starts one of its clones so long after it failed, it is tried again."""
LOOK_AGAIN_SECONDS = 5.0
"""Those who wait are woken when it is there; this is for a wake-up that was lost."""
_LEASED_RETRY_SECONDS = 0.2
_OPEN = (Snapshot.State.WAITING, Snapshot.State.TAKING)

log = logging.getLogger(__name__)


def snapshot_ready(snapshot: Snapshot) -> None:
    """The snapshot is there. Raises `NotYet` while it is being taken, and `Failed` when it cannot be."""
    snapshot.refresh_from_db()
    if snapshot.state == Snapshot.State.FAILED and _is_worth_another_try(snapshot):
        again = Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.FAILED)
        if again.update(state=Snapshot.State.WAITING, attempts=0, created_at=timezone.now()):
            snapshot_wake(snapshot.public_id)
        raise NotYet(LOOK_AGAIN_SECONDS)
    if snapshot.state == Snapshot.State.FAILED:
        raise Failed("SNAPSHOT_FAILED", SNAPSHOT_FAILED % {"text": snapshot.error})
    if not snapshot.is_ready:
        raise NotYet(LOOK_AGAIN_SECONDS)


def snapshots_resend() -> int:
    """Wake a worker for every snapshot that nobody is at; how many."""
    free = Workspace.objects.filter(free_now())
    lost = Snapshot.objects.filter(state__in=_OPEN, source__in=free) | Snapshot.objects.filter(
        state__in=_OPEN, source=None
    )
    ids = list(lost.values_list("public_id", flat=True))
    for public_id in ids:
        snapshot_wake(public_id)
    return len(ids)


def snapshot_take(public_id: str) -> None:
    """Afterwards it is there, or failed and says why, or another worker is at it or will be. Twice is fine."""
    snapshot = Snapshot.objects.select_related("source", "kind").filter(public_id=public_id, state__in=_OPEN).first()
    if snapshot is None:
        return
    if snapshot.source is None:
        _failed(snapshot, "SOURCE_GONE", SNAPSHOT_SOURCE_GONE)
        return
    with lease(snapshot.source.pk) as mine:
        if mine:
            _attempt(snapshot, snapshot.source, get_engine())
    if not mine:
        snapshot_wake(public_id, delay_seconds=_LEASED_RETRY_SECONDS)
        return
    with suppress(EngineError):  # what happened to it meanwhile was left to us
        observe(snapshot.source.public_id, get_engine())


def _attempt(snapshot: Snapshot, source: Workspace, engine: Engine) -> None:
    changed = Snapshot.objects.filter(pk=snapshot.pk, state__in=_OPEN).update(
        state=Snapshot.State.TAKING, attempts=F("attempts") + 1
    )
    if not changed:
        return
    snapshot.refresh_from_db(fields=("attempts",))
    try:
        _taken(snapshot, _take(snapshot, source, engine))
    except NotYet as wait:
        Snapshot.objects.filter(pk=snapshot.pk).update(attempts=F("attempts") - 1)
        snapshot_wake(snapshot.public_id, delay_seconds=wait.retry_seconds)
    except Failed as problem:
        _failed(snapshot, problem.code, str(problem))
    except ContainerMissing:
        _failed(snapshot, "NOTHING_TO_COPY", SNAPSHOT_NOTHING)
    except EngineUnavailable as problem:
        is_over = timezone.now() - snapshot.created_at > LIMIT
        _again_or_failed(snapshot, "SERVICE_UNAVAILABLE", ENGINE_SILENT % {"text": problem}, is_over)
    except EngineError as problem:
        is_over = snapshot.attempts >= TRIES
        _again_or_failed(snapshot, "ENGINE_REFUSED", ENGINE_REFUSED % {"text": problem}, is_over)
    except Exception:
        log.exception("snapshot of %s", source.public_id)
        _again_or_failed(snapshot, "INTERNAL_ERROR", BUG, snapshot.attempts >= TRIES)


def _take(snapshot: Snapshot, source: Workspace, engine: Engine) -> SnapshotTaken:
    seen = engine.inspect(source.engine_name)
    if seen is None:
        raise ContainerMissing(source.engine_name)
    source.refresh_from_db(fields=("state",))
    if seen.status == "paused" and source.state == State.RUNNING:
        engine.unpause(source.engine_name)  # a worker was killed while it held its breath
    spec = SnapshotSpec(
        container=source.engine_name,
        image=f"spaces/snapshot:{snapshot.public_id}",
        snapshot=snapshot.public_id,
        base_image=image_ref(snapshot.kind.image),
        helper_image=image_ref(HELPER_IMAGE),
        keep_secrets=snapshot.purpose == Snapshot.Purpose.BACKUP,
        labels={LABEL_INSTANCE: settings.INSTANCE},
    )
    try:
        return engine.snapshot_take(spec, _reporter(snapshot))
    except ImageMissing:
        image_wanted(HELPER_IMAGE, engine, lambda _percent, _text: None)
        return engine.snapshot_take(spec, _reporter(snapshot))  # it came just now


def _reporter(snapshot: Snapshot) -> Callable[[int, str], None]:
    """Notes with everybody who waits how far it is, as a quarter of their whole way."""

    def report(percent: int, _text: str) -> None:
        waiting = _waiting(snapshot)
        waiting.update(step=Step.SNAPSHOT, percent=percent // 4)
        for operation in waiting.select_related("workspace"):
            if operation.workspace is not None:
                live.workspace_changed(operation.workspace)

    return report


def _taken(snapshot: Snapshot, taken: SnapshotTaken) -> None:
    Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.TAKING).update(
        state=Snapshot.State.READY,
        image=f"spaces/snapshot:{snapshot.public_id}",
        identity=list(taken.identity),
        layers=taken.layers,
        size_bytes=taken.size_bytes,
        frozen_ms=taken.frozen_ms,
        error_code="",
        error="",
        taken_at=timezone.now(),
    )
    _wake_waiting(snapshot)


def _again_or_failed(snapshot: Snapshot, code: str, problem: str, is_over: bool) -> None:
    if is_over:
        _failed(snapshot, code, problem)
        return
    Snapshot.objects.filter(pk=snapshot.pk).update(state=Snapshot.State.WAITING, error_code=code, error=problem)
    snapshot_wake(snapshot.public_id, delay_seconds=min(30.0, 2.0 ** (snapshot.attempts - 1)))


def _failed(snapshot: Snapshot, code: str, problem: str) -> None:
    Snapshot.objects.filter(pk=snapshot.pk, state__in=_OPEN).update(
        state=Snapshot.State.FAILED, error_code=code, error=problem, failed_at=timezone.now()
    )
    _wake_waiting(snapshot)


def _wake_waiting(snapshot: Snapshot) -> None:
    for operation_id in _waiting(snapshot).order_by("created_at").values_list("pk", flat=True):
        wake(str(operation_id))


def _waiting(snapshot: Snapshot) -> models.QuerySet[Operation]:
    """Operations that cannot begin before it is there."""
    waits = models.Q(workspace__snapshot=snapshot) | models.Q(backup=snapshot)
    return Operation.objects.filter(waits, state__in=OPEN_OPERATIONS)


def _is_worth_another_try(snapshot: Snapshot) -> bool:
    failed_at = snapshot.failed_at or snapshot.created_at
    return snapshot.source_id is not None and timezone.now() - failed_at > AGAIN_AFTER
