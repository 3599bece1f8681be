"""Clears away what has had its time: workspaces that were to go by themselves, snapshots that nothing is made of."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.actors import SYSTEM
from spaces_site.errors import SpacesError, Unavailable
from workspaces.engine.base import Engine, EngineError, EngineUnavailable
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.services.work import workspace_delete
from workspaces.snapshots.taking import snapshot_image
from workspaces.states import OPEN_OPERATIONS, OperationState, State, Verb

SETTLES = timedelta(seconds=60)
"""A snapshot is left alone for so long, in which whoever asked for it may still be at it."""

AGAIN_AFTER = timedelta(hours=1)
"""When the deletion of one that could not be deleted is asked for once more."""

log = logging.getLogger(__name__)


def expire_round(engine: Engine) -> int:
    """Ask for the deletion of workspaces whose time is over, and remove unused snapshots; how many of both.

    An engine that is away is no error: the next round finds the same.
    """
    try:
        return _expire_workspaces() + _remove_unused(engine) + _remove_strays(engine)
    except (Unavailable, EngineUnavailable):
        log.info("expiring: the engine does not answer")
        return 0


def _expire_workspaces() -> int:
    now = timezone.now()
    tried = Operation.objects.filter(
        verb=Verb.DELETE, state=OperationState.FAILED, finished_at__gt=now - AGAIN_AFTER, workspace__isnull=False
    )
    over = Workspace.objects.filter(expires_at__lte=now).exclude(state=State.DELETING)
    over = over.exclude(pk__in=tried.values("workspace"))
    done = 0
    for workspace in over:
        try:
            workspace_delete(SYSTEM, workspace, password=None)
            done += 1
        except Unavailable:
            raise
        except SpacesError as problem:
            log.warning("expiring %s: %s", workspace.public_id, problem)
    return done


def _remove_unused(engine: Engine) -> int:
    wanted = Operation.objects.filter(state__in=OPEN_OPERATIONS, backup__isnull=False).values("backup")
    unused = Snapshot.objects.filter(clones=None, created_at__lt=timezone.now() - SETTLES).exclude(pk__in=wanted)
    done = 0
    for snapshot in unused.exclude(state=Snapshot.State.TAKING):
        try:
            with transaction.atomic():
                snapshot.delete()
        except ProtectedError:  # a workshop or a backup has it
            continue
        done += _tried(engine, snapshot.public_id, snapshot.image)
    return done


def _remove_strays(engine: Engine) -> int:
    """What is on the engine of snapshots that have no row; rows are written before anything is made."""
    there = engine.snapshots()
    known = set(Snapshot.objects.filter(public_id__in=there).values_list("public_id", flat=True))
    return sum(_tried(engine, public_id, snapshot_image(public_id)) for public_id in set(there) - known)


def _tried(engine: Engine, public_id: str, image: str) -> bool:
    """Whether it is gone. What is left over, the next round finds as a stray."""
    try:
        engine.snapshot_remove(public_id, image or snapshot_image(public_id))
    except EngineUnavailable:
        raise
    except EngineError:
        log.exception("snapshot %s", public_id)
        return False
    return True
