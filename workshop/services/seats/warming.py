"""Free seats are kept warm: started, asked for what is seen first, and paused, so that they answer when woken.

Measured with code-server: its first page takes some 270 ms, whenever that is asked for (0, 1 or 3 s after its first
answer), since the editor is only loaded by that. Paused after having shown it twice, it answers the next one 5 to 35 ms
after it is woken. A desktop is left running until the window of its application is there: one that slept before would
go on loading only when somebody has come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from spaces_site.errors import SpacesError, Unavailable
from workshop.live import seat_changed
from workshop.models import Claim, Seat, Workshop
from workshop.services.locking import workshop_lock
from workshop.services.seats.filling import is_taken, seats_looked
from workshop.services.seats.first_page import app_is_there, page_to_show
from workspaces.app_scheme import app_scheme
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerState, EngineError
from workspaces.models import Workspace
from workspaces.services.work import workspace_pause, workspace_start
from workspaces.states import State

ASKED = 2
ASKED_AT_MOST = 5
"""Times: one try waits a second, and thirty that load their editor at once take longer."""
SIDE_BY_SIDE = 4
APPEARS_WITHIN = timedelta(minutes=2)
"""An application that is on no desktop by then is not waited for: the seat may be used nevertheless."""
LEFT_ALONE = timedelta(minutes=5)
"""A seat that was woken before anybody had it, is being looked at by its leader."""

log = logging.getLogger(__name__)


def seats_warm(workshop: Workshop, seats: list[Seat] | None = None) -> int:
    """Afterwards every free seat of the workshop that runs is being paused, and counts as ready; one that the engine's
    own end has stopped is being started again. How many that were. `seats`: as `seats_looked` has them."""
    seats = list(seats_looked(workshop)) if seats is None else seats
    if workshop.state == Workshop.State.ENDED or workshop.adopts:
        return 0
    awake = [seat for seat in seats if _is_awake(seat)]
    if awake:
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(awake))) as pool:
            are_there = list(pool.map(_page_show, [seat.workspace for seat in awake if seat.workspace]))
        awake = [seat for seat, is_there in zip(awake, are_there, strict=True) if is_there]
    lost = [seat for seat in seats if _was_lost(seat)]
    return _each(workshop, awake, _pause) + _each(workshop, lost, _start)


def seat_warm(seat: Seat) -> bool:
    """The same for one seat, as `seats_looked` has it; whether there was something to do."""
    return bool(seats_warm(seat.workshop, [seat]))


def _is_awake(seat: Seat) -> bool:
    workspace = seat.workspace
    if workspace is None or is_taken(seat) or workspace.state != State.RUNNING:
        return False
    return seat.ready_at is None or workspace.last_activity_at < timezone.now() - LEFT_ALONE


def _was_lost(seat: Seat) -> bool:
    """Stopped, and not by somebody who wanted it so: then there would be no reason."""
    workspace = seat.workspace
    if workspace is None or is_taken(seat):
        return False
    return workspace.state == State.STOPPED and bool(workspace.error_code)


def _page_show(workspace: Workspace) -> bool:
    """Its app has shown what is seen first; False while it is too early to let it sleep. What does not answer is left
    as it is: it may be slow, which harms nothing."""
    if not workspace.kind.has_app or not workspace.address:
        return True
    began = workspace.started_at
    if began and timezone.now() - began < APPEARS_WITHIN and not app_is_there(workspace):
        return False
    engine, page = get_engine(), page_to_show(workspace.kind)
    state = ContainerState(
        id=workspace.container_id, name=workspace.engine_name, status="running", address=workspace.address
    )
    shown = 0
    try:
        for _try in range(ASKED_AT_MOST):
            shown += engine.probe(state, workspace.port, page, app_scheme(workspace, workspace.port))
            if shown == ASKED:
                break
    except EngineError as problem:
        log.info("warming %s: %s", workspace.public_id, problem)
    return True


def _each(workshop: Workshop, seats: list[Seat], do: Callable[[Seat], None]) -> int:
    """Do it to those of them that are still nobody's, in one transaction, in which nobody gets one."""
    if not seats:
        return 0
    done = 0
    with transaction.atomic():
        workshop_lock(workshop.pk)
        numbers = [seat.pk for seat in seats]
        taken = set(Claim.objects.filter(seat__in=numbers, state=Claim.State.ACTIVE).values_list("seat", flat=True))
        for seat in seats:
            if seat.pk not in taken and seat.workspace is not None:
                done += _tried(seat, do)
    return done


def _tried(seat: Seat, do: Callable[[Seat], None]) -> bool:
    try:
        with transaction.atomic():
            do(seat)
    except Unavailable:
        raise
    except SpacesError as problem:  # it is another one by now, or in another state
        log.info("seat %s: %s", seat.pk, problem)
        return False
    seat_changed(seat.workshop, seat.number)
    return True


def _pause(seat: Seat) -> None:
    assert seat.workspace is not None
    Seat.objects.filter(pk=seat.pk, workspace=seat.workspace).update(ready_at=timezone.now(), attempts=0, problem="")
    workspace_pause(SYSTEM, seat.workspace, password=None)


def _start(seat: Seat) -> None:
    assert seat.workspace is not None
    Seat.objects.filter(pk=seat.pk, workspace=seat.workspace).update(ready_at=None)
    workspace_start(SYSTEM, seat.workspace, password=None)
