"""A seat is taken back from a participant, or given to another; what has been stays in the list.

The files of who had it are never in the next one's seat: that gets a new workspace, and the old one is put away for
the leader (`seats.seat_renew`). Only `claim_hand_over` leaves all as it is, which is for a name that was mistyped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.services import user_lock
from spaces_site.errors import Conflict, NotFound
from workshop.keys import key_new
from workshop.live import participant_changed, seat_changed, workshop_changed
from workshop.models import Claim, Seat
from workshop.selectors import seats_free
from workshop.services.claimants import email_clean, name_clean
from workshop.services.claiming import AlreadyClaimed, NoneFree, claim_here, key_change, seat_give
from workshop.services.locking import workshop_lock
from workshop.services.seated import leads
from workshop.services.seats import seat_renew
from workshop.services.seats.retiring import entries_remove
from workshop.services.waiting import waiting_assign
from workshop.texts import text
from workshop.transitions import claim_move
from workspaces.auditing import workspace_audit
from workspaces.limits import owner_lock
from workspaces.models import Workspace


def claim_release(actor: Actor, claim: Claim, because: str = Claim.Because.LEADER) -> Claim:
    """The seat is not the participant's any more: their address, their account and what they have open are dead at
    once. The seat gets a new workspace; what they left is kept for the leader until `files_until`. Who waits may have
    the next free seat.

    Released already is no error. Who leads; raises `NotFound` for others, `Unavailable` without engine.
    """
    lead_check(actor, claim)
    with transaction.atomic():
        workshop = workshop_lock(claim.workshop_id)
        claim = _again(claim)
        if claim.state == Claim.State.ACTIVE:
            _end(actor, claim, because)
    waiting_assign(workshop)
    return claim


def claim_reassign(actor: Actor, claim: Claim, seat: Seat | None = None) -> Claim:
    """The participant sits on `seat`, or on the next that is free, with the address they have; their old seat is
    renewed as by a release. The new claim is returned, the old one is history.

    Who leads. Raises `NotFound` for others, `Conflict` (CLAIM_OVER), `NoneFree` (also when `seat` is not), and
    `Unavailable` without engine.
    """
    lead_check(actor, claim)
    with transaction.atomic():
        workshop = workshop_lock(claim.workshop_id)
        claim = _active(claim)
        free = seats_free(workshop).select_related("workspace")
        target = (free if seat is None else free.filter(pk=seat.pk)).first()
        if target is None:
            raise NoneFree(text("NO_SEATS"))
        moved = _copy_of(claim)
        moved.guest, moved.key_hash, moved.key_sealed = claim.guest, claim.key_hash, claim.key_sealed
        key_change(claim)  # the address goes with the participant
        _end(actor, claim, Claim.Because.MOVED, keeps_guest=True)
        seat_give(actor, moved, target)
    waiting_assign(workshop)
    return moved


def claim_hand_over(actor: Actor, claim: Claim, *, name: str, email: str) -> Claim:
    """The seat, with all that is in it, is somebody else's, or the same person's whose name was mistyped: they get a
    new address, and the old one is dead. The new claim is returned, the old one is history.

    Who leads. Raises `NotFound` for others, `Invalid` (NAME_REQUIRED, EMAIL_INVALID), `Conflict` (CLAIM_OVER),
    `AlreadyClaimed` when the new one has a seat.
    """
    lead_check(actor, claim)
    name, email = name_clean(name), email_clean(email)
    with transaction.atomic():
        workshop = workshop_lock(claim.workshop_id)
        claim = _active(claim)
        other = claim_here(workshop, email)
        if other is not None and other.pk != claim.pk:
            raise AlreadyClaimed(other)
        seat = claim.seat
        if seat is None or claim.workspace is None:
            raise _over()
        _close(actor, claim, Claim.Because.MOVED)
        _access_end(claim.workspace)
        if claim.guest is not None:
            user_lock(actor, claim.guest)
        successor, key = _copy_of(claim), key_new()
        successor.name, successor.email, successor.key_hash, successor.key_sealed = name, email, key.hash, key.sealed
        seat_give(actor, successor, seat)
    return successor


def lead_check(actor: Actor, claim: Claim) -> None:
    """Raises `NotFound` unless the actor leads the claim's workshop."""
    if not leads(actor, claim.workshop):
        raise NotFound(text("CLAIM_NOT_FOUND"), code="CLAIM_NOT_FOUND")


def _end(actor: Actor, claim: Claim, because: str, *, keeps_guest: bool = False) -> None:
    keep_until = timezone.now() + timedelta(hours=claim.workshop.keep_hours)
    _close(actor, claim, because, keep_until)
    if claim.seat is not None:
        seat_renew(actor, claim.seat, keep_until=keep_until, retired_name=claim.name)
    elif claim.workspace is not None:
        _access_end(claim.workspace)
    if claim.guest is not None and not keeps_guest:
        user_lock(actor, claim.guest)


def _close(actor: Actor, claim: Claim, because: str, files_until: datetime | None = None) -> None:
    columns = {"released_at": timezone.now(), "released_because": because, "files_until": files_until}
    claim_move(
        claim, Claim.State.RELEASED, from_=(Claim.State.ACTIVE,), hand_raised_at=None, hand_note="", **columns
    )
    seat_number = claim.seat.number if claim.seat else None
    if claim.workspace is not None:
        about = {"workshop": claim.workshop.slug, "seat": seat_number, "name": claim.name, "email": claim.email}
        workspace_audit(actor, "workshop.release", claim.workspace, reason=because, **about)
    if seat_number is not None:
        seat_changed(claim.workshop, seat_number)
    workshop_changed(claim.workshop)
    participant_changed(claim.guest_id)


def _access_end(workspace: Workspace) -> None:
    """Nobody but its owner gets into it any more, whoever has it open. The owner's row is locked first, as it is by
    everybody."""
    owner_lock(workspace.owner_id)
    entries_remove([workspace])


def _again(claim: Claim) -> Claim:
    """As it is now, under the lock."""
    return Claim.objects.select_related("workshop", "seat", "workspace", "guest").get(pk=claim.pk)


def _active(claim: Claim) -> Claim:
    claim = _again(claim)
    if claim.state != Claim.State.ACTIVE:
        raise _over()
    return claim


def _over() -> Conflict:
    return Conflict(_("This seat is not theirs any more."), code="CLAIM_OVER")


def _copy_of(claim: Claim) -> Claim:
    return Claim(workshop=claim.workshop, name=claim.name, email=claim.email, joined_at=claim.joined_at)
