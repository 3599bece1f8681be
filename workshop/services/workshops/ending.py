"""A workshop ends, by its leader or by time, and is deleted. Stopping and clearing away is the round's work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from accounts.services import user_lock
from spaces_site.errors import Conflict
from workshop.live import participant_changed, workshop_changed
from workshop.models import Claim, Workshop
from workshop.selectors import workshop_get
from workshop.sending import take_home_send, workshop_send
from workshop.services.locking import workshop_lock
from workshop.services.seats.retiring import entries_remove
from workshop.services.taking_home import take_home_make
from workshop.services.workshops.making import workshop_audit
from workshop.transitions import claim_move, workshop_move
from workspaces.models import Workspace

State, AtEnd = Workshop.State, Workshop.AtEnd


def workshop_end(actor: Actor, workshop: Workshop, *, at_end: str | None = None, mail: bool = False) -> None:
    """It is over: nobody waits for a seat or gets one. What becomes of the seats is `at_end`, what the row says when
    None. Stopped or deleted, they are nobody's any more; everybody whose files are kept has a link to them, which is
    mailed to them with `mail` where mail is set up. Over already is no error.

    Raises `NotFound`, `Conflict` (AT_END) for what is none of the ways to end.
    """
    workshop = workshop_get(actor, workshop.slug)
    if at_end not in (None, *AtEnd.values):
        raise Conflict(_("Choose what happens to the seats."), code="AT_END")
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        now, how = timezone.now(), at_end or workshop.at_end
        if not workshop_move(workshop, State.ENDED, from_=set(State) - {State.ENDED}, ended_at=now, at_end=how):
            return
        _waiting_leave(workshop)
        if how == AtEnd.KEEP:
            _as_others(workshop)
        else:
            _seats_taken_back(actor, workshop, now + timedelta(hours=workshop.grace_hours if how == AtEnd.STOP else 0))
        take_home_make(workshop)
        workshop_audit(actor, "workshop.end", workshop, at_end=how)
        workshop_changed(workshop)
        workshop_send(workshop.pk)
        if mail:
            take_home_send(workshop.pk)


def workshop_delete(actor: Actor, workshop: Workshop) -> None:
    """The workshop is gone with its seats, what was released and is still kept, and who was in it. Raises `NotFound`,
    `Conflict` (WORKSHOP_STATE) while it is open."""
    workshop = workshop_get(actor, workshop.slug)
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        if workshop.state == State.OPEN:
            raise Conflict(_("It is open. Close it or end it first."), code="WORKSHOP_STATE")
        theirs = workspaces_of(workshop)
        entries_remove(theirs)
        # What is to be deleted is found by the sweep, so that nothing here has to wait for the engine.
        Workspace.objects.filter(pk__in=[one.pk for one in theirs]).update(expires_at=timezone.now(), group=None)
        guests_remove(workshop)
        workshop_audit(actor, "workshop.delete", workshop, count=len(theirs))
        workshop_changed(workshop)
        workshop.delete()


def workspaces_of(workshop: Workshop) -> list[Workspace]:
    """Those on its seats, and those that were and are kept. Of an adopting workshop none: they were there before it."""
    if workshop.adopts:
        return []
    kept = Q(claims__workshop=workshop, is_seat=True)
    return list(Workspace.objects.filter(Q(seat__workshop=workshop) | kept).distinct())


def guests_remove(workshop: Workshop) -> int:
    """The accounts of those who were in it are gone, as long as they have no seat elsewhere; how many."""
    busy = Claim.objects.filter(state=Claim.State.ACTIVE).exclude(workshop=workshop).exclude(guest=None)
    guests = User.objects.filter(claims__workshop=workshop, is_guest=True).exclude(pk__in=busy.values("guest"))
    return User.objects.filter(pk__in=list(guests.values_list("pk", flat=True)), is_guest=True).delete()[0]


def _waiting_leave(workshop: Workshop) -> None:
    for claim in Claim.objects.filter(workshop=workshop, state=Claim.State.WAITING):
        claim_move(claim, Claim.State.LEFT, from_=[Claim.State.WAITING], released_at=timezone.now(),
                   released_because=Claim.Because.END)  # fmt: skip
        participant_changed(claim.guest_id)


def _seats_taken_back(actor: Actor, workshop: Workshop, until: datetime) -> None:
    """Nobody gets into a seat from now on but who leads. Of an adopting workshop the workspaces stay as they are."""
    seats = list(Workspace.objects.filter(seat__workshop=workshop))
    entries_remove(seats)
    if not workshop.adopts:
        Workspace.objects.filter(pk__in=[one.pk for one in seats]).update(keep_awake_until=None, expires_at=until)
    fields: dict[str, Any] = {
        "released_at": timezone.now(),
        "released_because": Claim.Because.END,
        "files_until": until,
        "hand_raised_at": None,
    }
    for claim in Claim.objects.filter(workshop=workshop, state=Claim.State.ACTIVE).select_related("guest"):
        claim_move(claim, Claim.State.RELEASED, from_=[Claim.State.ACTIVE], **fields)
        if claim.guest is not None:
            user_lock(actor, claim.guest)
        participant_changed(claim.guest_id)


def _as_others(workshop: Workshop) -> None:
    """Seats that stay are put to rest as any workspace is."""
    columns = workshop.snapshot.columns if workshop.snapshot else {}
    Workspace.objects.filter(seat__workshop=workshop, is_seat=True).update(
        keep_awake_until=None, idle_stop_minutes=columns.get("idle_stop_minutes")
    )
