"""Those who wait for a snapshot: operations that cannot begin before it is there. They ask nothing meanwhile; whoever
takes it tells them how far it is, and wakes them when it is there, or cannot be."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from workspaces import live
from workspaces.leases import free_now
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.problems import Failed, NotYet
from workspaces.reasons import SNAPSHOT_FAILED
from workspaces.sending import snapshot_wake, wake
from workspaces.states import OPEN_OPERATIONS, Step

WAITS = timedelta(minutes=30)
"""Longer than any snapshot takes: before that, only what takes the snapshot wakes those who wait for it."""
LOOK_AGAIN_SECONDS = 30.0
"""The same, for one that has begun already."""
LOST_AFTER = timedelta(seconds=10)
"""A wake-up that has not come by then is not coming."""
LONGEST_PAUSE_SECONDS = 30.0
OPEN = (Snapshot.State.WAITING, Snapshot.State.TAKING)
_TELL_SECONDS = 1.0


def snapshot_ready(snapshot: Snapshot, asked_at: datetime) -> None:
    """The snapshot is there. Raises `NotYet` while it is being taken, and `Failed` when it cannot be.

    One that failed before somebody asked for this (`asked_at`) is tried once more.
    """
    snapshot.refresh_from_db()
    if snapshot.state == Snapshot.State.FAILED and not _again(snapshot, asked_at):
        raise Failed("SNAPSHOT_FAILED", SNAPSHOT_FAILED % {"text": snapshot.error})
    if not snapshot.is_ready:
        raise NotYet(LOOK_AGAIN_SECONDS)


def waiting_for(snapshot: Snapshot) -> QuerySet[Operation]:
    """Operations that cannot begin before it is there."""
    waits = Q(workspace__snapshot=snapshot) | Q(backup=snapshot)
    return Operation.objects.filter(waits, state__in=OPEN_OPERATIONS)


@transaction.atomic
def waiting_wake(snapshot: Snapshot, to: Snapshot.State, **fields: object) -> None:
    """It is `to` from now on, and all who wait for it go on, in one transaction: none of them is forgotten."""
    if not Snapshot.objects.filter(pk=snapshot.pk, state__in=OPEN).update(state=to, **fields):
        return
    ids = list(waiting_for(snapshot).order_by("created_at", "pk").values_list("pk", flat=True))
    Operation.objects.filter(pk__in=ids).update(next_try_at=timezone.now())
    for operation_id in ids:
        transaction.on_commit(lambda it=str(operation_id): wake(it), robust=True)  # type: ignore[misc]


def waiting_teller(snapshot: Snapshot) -> Callable[[int, str], None]:
    """Notes with everybody who waits how far it is, as a quarter of their whole way; once a second at most."""
    told = 0.0

    def tell(percent: int, _text: str) -> None:
        nonlocal told
        if time.monotonic() - told < _TELL_SECONDS:
            return
        told = time.monotonic()
        waiting_for(snapshot).update(step=Step.SNAPSHOT, percent=percent // 4)
        for workspace in Workspace.objects.filter(operations__in=waiting_for(snapshot)).distinct():
            live.workspace_changed(workspace)

    return tell


def snapshots_resend() -> int:
    """Wake a worker for every snapshot that nobody is at and that is due; how many."""
    now = timezone.now()
    nobody = Q(source=None) | Q(source__in=Workspace.objects.filter(free_now()))
    # One that waits for its next try has its wake-up already; of one that is being taken, the worker has died.
    tried = Q(failed_at__lt=now - LOST_AFTER - timedelta(seconds=LONGEST_PAUSE_SECONDS))
    due = Q(state=Snapshot.State.TAKING) | tried | Q(failed_at=None, created_at__lt=now - LOST_AFTER)
    ids = list(Snapshot.objects.filter(nobody, due, state__in=OPEN).values_list("public_id", flat=True))
    for public_id in ids:
        snapshot_wake(public_id)
    return len(ids)


def _again(snapshot: Snapshot, asked_at: datetime) -> bool:
    """Whether it is tried once more. Of many that ask at once, one has it taken and all wait for it."""
    if snapshot.source_id is None or asked_at <= (snapshot.failed_at or snapshot.created_at):
        return False
    failed = Snapshot.objects.filter(pk=snapshot.pk, state=Snapshot.State.FAILED)
    if failed.update(state=Snapshot.State.WAITING, attempts=0, created_at=timezone.now(), failed_at=None):
        snapshot_wake(snapshot.public_id)
    return True
