"""One step of a rehearsal after the other, by one worker at a time, until nothing of it is left but its results.

Who makes a step writes down when, and hands exactly this time to the next: a task that brings another one is of a
chain that was given up, and does nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import User
from spaces_site.errors import SpacesError, Unavailable
from workshop.live import workshop_changed
from workshop.models import Rehearsal
from workshop.rehearsing.measuring import machine_now
from workshop.rehearsing.stages import LATER, failed, guest_address, stage_go_on
from workshop.rehearsing.verdict import findings, verdict
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_delete
from workspaces.states import State

SILENT = timedelta(seconds=180)
"""A worker that has noted nothing for so long was killed; longer than a check command at a few seats may take."""
LIMIT = timedelta(minutes=20)
"""What is not through by then has failed."""
REMOVED_WITHIN = timedelta(minutes=5)
"""What is still being deleted then is left to the platform, which deletes it in any case when its hour is over."""
CANCELLED = "CANCELLED"

log = logging.getLogger(__name__)


def rehearsal_send(rehearsal: Rehearsal) -> None:
    """After commit, wake a worker for the first step."""
    pk, token = rehearsal.pk, _token(rehearsal.started_at)
    transaction.on_commit(lambda: _wake(pk, token), robust=True)


def rehearsals_resend() -> int:
    """Take up those whose worker was killed; how many."""
    lost = Rehearsal.objects.filter(state=Rehearsal.State.RUNNING, started_at__lt=timezone.now() - SILENT)
    found = list(lost)
    for rehearsal in found:
        _wake(rehearsal.pk, _token(rehearsal.started_at))
    return len(found)


def rehearsal_step(rehearsal_id: int, token: str) -> None:
    """Afterwards it is one step further, and the next is sent; or it is over, and nothing is left of its seats."""
    now = timezone.now()
    rows = Rehearsal.objects.filter(pk=rehearsal_id, state=Rehearsal.State.RUNNING)
    if not rows.filter(started_at=datetime.fromisoformat(token)).update(started_at=now):
        return
    rehearsal = rows.select_related("workshop__owner", "workshop__snapshot", "actor").get()
    try:
        wait = _step(rehearsal)
    except Unavailable:
        wait = LATER * 5  # the engine is away
    except Exception:
        log.exception("rehearsal %s", rehearsal_id)
        _judge(rehearsal, [{"code": "INTERNAL_ERROR"}])
        wait = None if _is_hopeless(rehearsal) else LATER * 5
    workshop_changed(rehearsal.workshop)
    if wait is not None:
        _wake(rehearsal_id, _token(now), wait)


def findings_of(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    """What the row says was found, [] while it is under way."""
    found: list[dict[str, Any]] = json.loads(rehearsal.problem or "[]")
    return found


def _step(rehearsal: Rehearsal) -> float | None:
    if rehearsal.verdict or rehearsal.problem:
        return _removed(rehearsal)
    if timezone.now() - rehearsal.created_at > LIMIT:
        for one in rehearsal.results:
            if one["stage"] != "done":
                failed(one, "TOO_LONG")
    wait = stage_go_on(rehearsal)
    Rehearsal.objects.filter(pk=rehearsal.pk).update(results=rehearsal.results)
    if wait is None:
        _judge(rehearsal, _found(rehearsal))
    return wait if wait is not None else 0.0


def _found(rehearsal: Rehearsal) -> list[dict[str, Any]]:
    made = list(Workspace.objects.filter(public_id__in=rehearsal.workspaces).select_related("kind"))
    seats = max(rehearsal.workshop.seats_wanted, rehearsal.seats)
    memory_mb = max((one.memory_mb for one in made), default=0)
    has_desktops = any(one.kind.frame == Kind.Frame.DESKTOP for one in made)
    return findings(
        rehearsal.results, seats=seats, memory_mb=memory_mb, machine=machine_now(made), has_desktops=has_desktops
    )


def _judge(rehearsal: Rehearsal, found: list[dict[str, Any]]) -> None:
    """The verdict is in the row, unless it was cancelled meanwhile."""
    fresh = Rehearsal.objects.filter(pk=rehearsal.pk, verdict="", problem="")
    fresh.update(verdict=verdict(found), problem=json.dumps(found) if found else "")


def _is_hopeless(rehearsal: Rehearsal) -> bool:
    """Whether not even its end can be brought about; the platform deletes its seats in any case."""
    if timezone.now() - rehearsal.created_at < 2 * LIMIT:
        return False
    Rehearsal.objects.filter(pk=rehearsal.pk).update(state=Rehearsal.State.FAILED, finished_at=timezone.now())
    return True


def _removed(rehearsal: Rehearsal) -> float | None:
    """All that was made for it is gone, or will be; None when that is so."""
    left = list(Workspace.objects.filter(public_id__in=rehearsal.workspaces).select_related("owner"))
    for workspace in left:
        if workspace.state != State.DELETING:
            try:
                workspace_delete(SYSTEM, workspace, password=None)
            except Unavailable:
                raise
            except SpacesError as problem:
                log.warning("rehearsal %s: %s: %s", rehearsal.pk, workspace.public_id, problem)
    measured = rehearsal.finished_at or timezone.now()
    if rehearsal.finished_at is None:
        Rehearsal.objects.filter(pk=rehearsal.pk).update(finished_at=measured)
    if left and timezone.now() - measured < REMOVED_WITHIN:
        return LATER
    User.objects.filter(email=guest_address(rehearsal), is_guest=True).delete()
    state = Rehearsal.State.DONE if rehearsal.verdict else Rehearsal.State.FAILED
    Rehearsal.objects.filter(pk=rehearsal.pk).update(state=state)
    return None


def _token(when: datetime | None) -> str:
    assert when is not None
    return when.isoformat()


def _wake(rehearsal_id: int, token: str, delay_seconds: float = 0) -> None:
    from workshop.tasks import rehearsal_step as task  # tasks import what sends them

    task.apply_async((rehearsal_id, token), countdown=delay_seconds or None, retry=False)
