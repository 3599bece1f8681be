"""Compares rows with reality once a minute and repairs.

Resends lost work, gives up what took too long, clears away what belongs to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from accounts.services.pruning import accounts_prune
from workspaces.engine.base import LABEL_WORKSPACE, ContainerState, Engine, EngineError, EngineUnavailable
from workspaces.gateway.sessions import sessions_prune
from workspaces.giving_up import give_up, overdue
from workspaces.keeping import kept_resend
from workspaces.leases import free_now
from workspaces.models import Operation, Spare, Workspace
from workspaces.observe import differs, observe
from workspaces.reasons import LOST, TOO_LONG
from workspaces.sending import wake
from workspaces.snapshots.waiting import snapshots_resend
from workspaces.states import OPEN_OPERATIONS, UNSETTLED, State
from workspaces.transitions import move

log = logging.getLogger(__name__)


def resend() -> int:
    """Wake a worker for every open operation that is due and that nobody holds; how many. Needs no engine."""
    due = Operation.objects.filter(state__in=OPEN_OPERATIONS, next_try_at__lte=timezone.now())
    free = Workspace.objects.filter(free_now())
    lost = due.filter(Q(workspace__in=free) | Q(workspace=None)).select_related("workspace")
    for operation in lost:
        if overdue(operation):
            give_up(operation, operation.error_code or "TIMEOUT", operation.error or TOO_LONG)
        else:
            wake(str(operation.pk))
    return len(lost) + snapshots_resend()


def sweep(engine: Engine) -> dict[str, int]:
    """One round; what was done, by name. Raises `EngineUnavailable` after the parts that need no engine."""
    done = {"resent": resend(), "unstuck": _unstick()}
    _prune()
    containers = {state.labels.get(LABEL_WORKSPACE, ""): state for state in engine.containers()}
    done["corrected"] = _reconcile(engine, containers)
    done["removed"] = _remove_orphans(engine, containers) + kept_resend(engine)
    if any(done.values()):
        log.info("sweep: %s", done)
    return done


def sweep_quietly(engine: Engine) -> None:
    """One round; an engine that is away is no error here, since the next round finds it again."""
    try:
        sweep(engine)
    except EngineUnavailable:
        log.warning("sweep: the engine does not answer")


def _unstick() -> int:
    """Unsettled rows without an open operation cannot come to rest by themselves; put them where a person can act."""
    stuck = Workspace.objects.filter(state__in=UNSETTLED).exclude(operations__state__in=OPEN_OPERATIONS)
    return sum(
        move(workspace, State.ERROR, from_=[State(workspace.state)], error_code="LOST", error=LOST)
        for workspace in stuck
    )


def _reconcile(engine: Engine, containers: dict[str, ContainerState]) -> int:
    """Correct rows that differ. The list may be older than a row by now, so each is looked at once more by itself."""
    corrected = 0
    for workspace in Workspace.objects.filter(free_now()).exclude(state__in=UNSETTLED):
        seen = containers.get(workspace.public_id)
        if differs(workspace, seen):
            corrected += _tried(observe, workspace.public_id, engine)
        elif workspace.state == State.ERROR and seen is not None and seen.status in ("running", "paused"):
            # What failed must not go on eating memory that no limit counts.
            corrected += _tried(engine.stop, workspace.engine_name)
    return corrected


def _tried(repair: Callable[..., bool | None], *names: object) -> bool:
    """Whether one repair was made. What the engine refuses to do to one thing must not keep the others from theirs."""
    try:
        return repair(*names) is not False
    except EngineUnavailable:
        raise
    except EngineError:
        log.exception("sweep: %s of %s", getattr(repair, "__name__", repair), names[0])
        return False


def _remove_orphans(engine: Engine, containers: dict[str, ContainerState]) -> int:
    """Remove our containers, helpers and networks without a row.

    Rows are written before anything is made, and read here after it was listed, so none is too young.

    Volumes stay: they hold people's files, and a database restored from yesterday must not cost them today's.
    """
    networks, helped = engine.networks(), {helper.workspace for helper in engine.helpers()}
    ids = [*Spare.objects.values_list("public_id", flat=True), *Workspace.objects.values_list("public_id", flat=True)]
    known = {f"spaces-{public_id}" for public_id in ids}
    orphans = [state.name for state in containers.values() if state.name not in known]
    removed = 0
    for name in orphans:
        log.warning("removing container %s, which belongs to no workspace", name)
        removed += _tried(engine.remove_container, name)
    for public_id in helped:
        if f"spaces-{public_id}" not in known:
            removed += _tried(engine.remove_helpers, public_id)
    for name in networks:
        if name not in known:
            removed += _tried(engine.remove_network, name)
    return removed


def _prune() -> None:
    sessions_prune()
    accounts_prune()
