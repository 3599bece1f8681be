"""There are as many seats as are wanted, each with a workspace of the prepared state. Free ones that are too many go,
those of an older state and failed ones are made anew. What somebody has is never touched."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_noop as _

from accounts.actors import SYSTEM
from accounts.models import User
from workshop.live import workshop_changed
from workshop.models import Claim, Seat, Workshop
from workshop.services.locking import workshop_lock
from workshop.services.seats.retiring import name_free, seat_retire
from workshop.times import ends_at
from workspaces.limits import owner_lock
from workspaces.models import Snapshot
from workspaces.services.cloning import clones_make
from workspaces.services.names import MOST as NAME_MOST
from workspaces.services.names import name_collides, names_taken
from workspaces.states import State

AT_ONCE = 20
"""Seats of one transaction, in which nobody else writes on SQLite."""
TRIES = 3
"""Times that a seat which failed is made anew."""
GONE = _("replaced")


def seats_fill(workshop: Workshop) -> int:
    """Afterwards the seats that are wanted are there, being made where they are new; how many were begun.

    Twice is fine, and so is being killed in between. Does nothing for a workshop that is over, adopts others'
    workspaces or has nothing prepared; when that could not be copied the workshop says so.
    """
    begun = 0
    while made := _fill_some(workshop.pk):
        begun += made
    return begun


def seats_looked(workshop: Workshop) -> QuerySet[Seat]:
    """Its seats by number with their workspaces, for `is_taken`."""
    taken = Claim.objects.filter(seat=OuterRef("pk"), state=Claim.State.ACTIVE)
    seats = Seat.objects.filter(workshop=workshop).annotate(is_taken=Exists(taken))
    return seats.select_related("workspace__owner", "workspace__kind", "workspace__snapshot").order_by("number")


def is_taken(seat: Seat) -> bool:
    """Whether somebody had it when `seats_looked` looked."""
    return bool(getattr(seat, "is_taken", False))


def is_to_be_filled(workshop: Workshop, seats: list[Seat]) -> bool:
    """Whether `seats_fill` would find anything to do, which is asked without a lock."""
    if not _can_be_filled(workshop):
        return bool(workshop.snapshot and workshop.snapshot.error != workshop.problem and not workshop.adopts)
    return len(seats) != _wanted(workshop, seats) or bool(workshop.problem) or any(_is_due(workshop, s) for s in seats)


@transaction.atomic
def _fill_some(workshop_id: int) -> int:
    workshop = workshop_lock(workshop_id)
    _problem_say(workshop)
    if not _can_be_filled(workshop):
        return 0
    seats = list(seats_looked(workshop))
    if not is_to_be_filled(workshop, seats):
        return 0
    owner = owner_lock(workshop.owner_id)
    taken = names_taken(owner)
    gone = _too_many(workshop, seats)
    for seat in gone:
        _let_go(seat, taken)
    Seat.objects.filter(pk__in=[seat.pk for seat in gone]).delete()
    seats = [seat for seat in seats if seat not in gone]
    due = [seat for seat in seats if _is_due(workshop, seat)] + _more(workshop, seats)
    for seat in due[:AT_ONCE]:
        _let_go(seat, taken)
    seats_make(workshop, owner, due[:AT_ONCE], taken)
    workshop_changed(workshop)
    return len(due[:AT_ONCE])


def seats_make(workshop: Workshop, owner: User, seats: list[Seat], taken: set[str]) -> None:
    """Each of these seats gets a new workspace of the prepared state. Under the workshop's lock and the owner's."""
    assert workshop.snapshot is not None
    if not seats:
        return
    names = [seat_name(workshop, seat.number, taken) for seat in seats]
    with name_collides():
        made = clones_make(
            owner,
            _usable_snapshot(workshop, seats[0]),
            names,
            actor=SYSTEM,
            group=workshop.group,
            is_seat=True,
            keep_awake_until=ends_at(workshop),
            network_mode=workshop.network_mode or None,
            memory_mb=workshop.memory_mb,
            idle_stop_minutes=0,  # a free one waits, paused, for as long as the workshop does
        )
    for seat, workspace in zip(seats, made, strict=True):
        seat.workspace, seat.ready_at, seat.problem = workspace, None, ""
    Seat.objects.bulk_update(seats, ["workspace", "ready_at", "problem", "attempts"])


def seat_name(workshop: Workshop, number: int, taken: set[str]) -> str:
    """What the workspace on a seat is called: `<title> N`, unless the owner has another one of that name."""
    return name_free(f"{workshop.title[: NAME_MOST - 5]} {number}", taken)


def _usable_snapshot(workshop: Workshop, seat: Seat) -> Snapshot:
    """The prepared state; where taking that anew has failed, the one that the seat was made of before."""
    assert workshop.snapshot is not None
    before = seat.workspace.snapshot if seat.workspace else None
    return before if before and workshop.snapshot.state == Snapshot.State.FAILED else workshop.snapshot


def _can_be_filled(workshop: Workshop) -> bool:
    is_on = workshop.state != Workshop.State.ENDED and workshop.owner.is_active and not workshop.adopts
    return is_on and workshop.snapshot is not None and workshop.snapshot.state != Snapshot.State.FAILED


def _problem_say(workshop: Workshop) -> None:
    """Why no seat can be made, in the workshop's own row."""
    failed = workshop.snapshot is not None and workshop.snapshot.state == Snapshot.State.FAILED
    problem = workshop.snapshot.error if failed and workshop.snapshot else ""
    if problem != workshop.problem and not workshop.adopts:
        Workshop.objects.filter(pk=workshop.pk).update(problem=problem)
        workshop.problem = problem
        workshop_changed(workshop)


def _wanted(workshop: Workshop, seats: list[Seat]) -> int:
    return max(workshop.seats_wanted, sum(is_taken(seat) for seat in seats))


def _too_many(workshop: Workshop, seats: list[Seat]) -> list[Seat]:
    """Those that go when fewer are wanted: free ones, the last ones first."""
    surplus = len(seats) - _wanted(workshop, seats)
    free = [seat for seat in reversed(seats) if not is_taken(seat)]
    return free[: max(0, surplus)]


def _more(workshop: Workshop, seats: list[Seat]) -> list[Seat]:
    """New seats, with the lowest numbers that are left."""
    there = {seat.number for seat in seats}
    missing = max(0, _wanted(workshop, seats) - len(seats))
    numbers = [n for n in range(1, len(seats) + missing + 1) if n not in there][:missing]
    return Seat.objects.bulk_create(Seat(workshop=workshop, number=number) for number in numbers)


def _is_due(workshop: Workshop, seat: Seat) -> bool:
    """Whether it is to be made anew."""
    if is_taken(seat):
        return False
    workspace = seat.workspace
    if workspace is None or workspace.state == State.DELETING:
        return True
    if workspace.state == State.ERROR:
        return seat.attempts < TRIES
    snapshot = workshop.snapshot
    return snapshot is not None and snapshot.is_ready and workspace.snapshot_id != snapshot.pk


def _let_go(seat: Seat, taken: set[str]) -> None:
    """What is on it is deleted; one that failed counts as a try."""
    workspace = seat.workspace
    if workspace is None:
        return
    seat.attempts = seat.attempts + 1 if workspace.state == State.ERROR else 0
    Seat.objects.filter(pk=seat.pk).update(workspace=None)
    seat_retire(workspace, keep_until=None, retired_name=GONE, taken=taken)
    seat.workspace = None


def seats_explain(workshop: Workshop, seats: list[Seat]) -> None:
    """Seats that failed for good say why; others nothing."""
    for seat in seats:
        failed = seat.workspace is not None and seat.workspace.state == State.ERROR and seat.attempts >= TRIES
        problem = seat.workspace.error if failed and seat.workspace else ""
        if problem != seat.problem:
            Seat.objects.filter(pk=seat.pk).update(problem=problem)
            seat.problem = problem

