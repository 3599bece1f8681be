"""Takes a snapshot once for all who wait for it. The row says how far it is; the task is only the wake-up call."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

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
from workspaces.leases import lease
from workspaces.models import Snapshot, Workspace
from workspaces.observe import observe
from workspaces.problems import Failed, NotYet
from workspaces.reasons import BUG, ENGINE_REFUSED, ENGINE_SILENT, SNAPSHOT_NOTHING, SNAPSHOT_SOURCE_GONE
from workspaces.sending import snapshot_wake
from workspaces.snapshots.waiting import LONGEST_PAUSE_SECONDS, OPEN, waiting_teller, waiting_wake
from workspaces.states import State

TRIES = 3
"""Times that the engine may refuse before it is believed."""
LIMIT = timedelta(minutes=15)
"""How long it is tried while the engine is away."""
_LEASED_RETRY_SECONDS = 0.2

log = logging.getLogger(__name__)


def snapshot_image(public_id: str) -> str:
    """What a snapshot is called on the engine."""
    return f"spaces/snapshot:{public_id}"


def snapshot_take(public_id: str) -> None:
    """Afterwards it is there, or failed and says why, or another worker is at it or will be. Twice is fine."""
    snapshot = Snapshot.objects.select_related("source", "kind").filter(public_id=public_id, state__in=OPEN).first()
    if snapshot is None:
        return
    if snapshot.source is None:
        _failed(snapshot, "SOURCE_GONE", SNAPSHOT_SOURCE_GONE)
        return
    with lease(snapshot.source.pk) as mine:
        if mine:
            _attempt(snapshot, snapshot.source, get_engine())
    if mine:
        with suppress(EngineError):  # what happened to the source meanwhile was left to us
            observe(snapshot.source.public_id, get_engine())
    elif snapshot.state == Snapshot.State.WAITING:
        # The source's own operation, or another snapshot, is at it. Where it is this one, each message more would only
        # ask for ever; should its worker have died, the resend finds it.
        snapshot_wake(public_id, delay_seconds=_LEASED_RETRY_SECONDS)


def _attempt(snapshot: Snapshot, source: Workspace, engine: Engine) -> None:
    changed = Snapshot.objects.filter(pk=snapshot.pk, state__in=OPEN).update(
        state=Snapshot.State.TAKING, attempts=F("attempts") + 1
    )
    if not changed:
        return
    snapshot.refresh_from_db(fields=("attempts",))
    try:
        _taken(snapshot, _take(snapshot, source, engine))
    except NotYet as wait:  # for an image, which is no attempt
        _later(snapshot, wait.retry_seconds, attempts=F("attempts") - 1)
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
    if seen is None or seen.status == "created":
        raise ContainerMissing(source.engine_name)
    source.refresh_from_db(fields=("state",))
    if seen.status == "paused" and source.state == State.RUNNING:
        engine.unpause(source.engine_name)  # a worker was killed while it held its breath
    spec = SnapshotSpec(
        container=source.engine_name,
        image=snapshot_image(snapshot.public_id),
        snapshot=snapshot.public_id,
        base_image=image_ref(snapshot.kind.image),
        helper_image=image_ref(HELPER_IMAGE),
        keep_secrets=snapshot.purpose == Snapshot.Purpose.BACKUP,
        labels={LABEL_INSTANCE: settings.INSTANCE},
    )
    tell = waiting_teller(snapshot)
    try:
        return engine.snapshot_take(spec, tell)
    except ImageMissing:
        image_wanted(HELPER_IMAGE, engine, lambda _percent, _text: None)
        return engine.snapshot_take(spec, tell)  # it came just now


def _taken(snapshot: Snapshot, taken: SnapshotTaken) -> None:
    waiting_wake(
        snapshot,
        Snapshot.State.READY,
        image=snapshot_image(snapshot.public_id),
        identity=list(taken.identity),
        layers=taken.layers,
        size_bytes=taken.size_bytes,
        frozen_ms=taken.frozen_ms,
        error_code="",
        error="",
        taken_at=timezone.now(),
    )


def _again_or_failed(snapshot: Snapshot, code: str, problem: str, is_over: bool) -> None:
    if is_over:
        _failed(snapshot, code, problem)
        return
    pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (snapshot.attempts - 1))
    _later(snapshot, pause, error_code=code, error=problem)


def _later(snapshot: Snapshot, pause_seconds: float, **fields: object) -> None:
    """It is tried again after a pause; `failed_at` says of an open one when it was last put off."""
    Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.TAKING).update(
        state=Snapshot.State.WAITING, failed_at=timezone.now(), **fields
    )
    snapshot_wake(snapshot.public_id, delay_seconds=pause_seconds)


def _failed(snapshot: Snapshot, code: str, problem: str) -> None:
    waiting_wake(snapshot, Snapshot.State.FAILED, error_code=code, error=problem, failed_at=timezone.now())
