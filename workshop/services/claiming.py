"""A participant gets a seat: one for each e-mail address, and each seat once.

Everybody who gives or takes a seat locks the row of the workshop first and then looks, so that any number of people can
come at the same moment.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.rate import client_of, rate_limit
from spaces_site.errors import Conflict, SpacesError, Unavailable
from workshop.keys import Key, key_hash, key_new
from workshop.live import participant_changed, seat_changed, workshop_changed
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import is_open, seats_free, waiting_present
from workshop.services.claimants import access_check, email_clean, guest_make, name_clean
from workshop.services.locking import workshop_lock
from workshop.texts import text
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.models import Share, Workspace
from workspaces.services import workspace_start
from workspaces.services.idle import keep_awake_set
from workspaces.states import State

AWAKE = timedelta(hours=8)
AWAKE_MOST = timedelta(hours=24)
"""For how long a claimed seat is not put to rest: until the workshop closes, where that is known and not later."""
CLAIMS_PER_CLIENT = 1500
"""Tries from one client in `WINDOW`: a class of three hundred sits behind one address, and reloads."""
WINDOW = timedelta(minutes=15)
HERE = (Claim.State.WAITING, Claim.State.ACTIVE)
log = logging.getLogger(__name__)


class AlreadyClaimed(Conflict):
    """That address has a seat already, or waits for one: `claim`."""

    default_code = "ALREADY_CLAIMED"

    def __init__(self, claim: Claim) -> None:
        super().__init__(text("ALREADY_CLAIMED"))
        self.claim = claim


class NoneFree(Unavailable):
    """All seats are taken."""

    default_code = "NO_SEATS"


def claim_make(actor: Actor, workshop: Workshop, *, name: str, email: str, code: str = "") -> Claim:
    """The participant has a seat, whose workspace is waking up, and an address of their own that leads into it.

    `code`: the workshop's access code. Raises `Invalid` (NAME_REQUIRED, EMAIL_INVALID), `Forbidden` (ACCESS_CODE),
    `Conflict` (WORKSHOP_NOT_OPEN), `AlreadyClaimed`, `NoneFree`, `TooMany`.
    """
    name, email = claim_check(actor, workshop, name, email, code)
    _look(workshop, email)  # who comes too late is told so without waiting for the lock
    key = key_new()
    claim = Claim(workshop=workshop, name=name, email=email, key_hash=key.hash, key_sealed=key.sealed)
    if refused := _make(actor, claim):
        raise refused
    return claim


@transaction.atomic
def _make(actor: Actor, claim: Claim) -> SpacesError | None:
    """Why there is no seat, instead of raising that: what was given to those who wait stays given."""
    claim.workshop = workshop_lock(claim.workshop_id)
    try:
        open_check(claim.workshop)
        seats_hand_out(claim.workshop)  # who waits was here before
        seat = _look(claim.workshop, claim.email).select_related("workspace")[0]
    except (Conflict, Unavailable) as refused:
        return refused
    seat_give(actor, claim, seat)
    return None


def claim_check(actor: Actor, workshop: Workshop, name: str, email: str, code: str) -> tuple[str, str]:
    """Name and address, clean. Raises as `claim_make`, but for what depends on the seats."""
    rate_limit("workshop-claim", client_of(actor.address), limit=CLAIMS_PER_CLIENT, window=WINDOW)
    name, email = name_clean(name), email_clean(email)
    open_check(workshop)
    access_check(actor, workshop, code)
    return name, email


def open_check(workshop: Workshop) -> None:
    """Raises `Conflict` (WORKSHOP_NOT_OPEN) unless seats can be claimed now."""
    if is_open(workshop):
        return
    is_over = workshop.state in (Workshop.State.CLOSED, Workshop.State.ENDED) or (
        workshop.closes_at is not None and workshop.closes_at <= timezone.now()
    )
    message = _("This workshop is over.") if is_over else _("This workshop is not open yet.")
    raise Conflict(message, code="WORKSHOP_NOT_OPEN", details={"state": str(workshop.state)})


def claim_here(workshop: Workshop, email: str) -> Claim | None:
    """Who has a seat or waits under that address."""
    here = Claim.objects.filter(workshop=workshop, email=email, state__in=HERE)
    return here.select_related("workspace", "guest").first()


def claim_of_key(key: str) -> Claim | None:
    """The claim whose address has that key, with all that is needed to let somebody in; whatever it is by now."""
    wanted = Claim.objects.select_related("workshop", "workspace__kind", "workspace__owner", "guest", "seat")
    return wanted.filter(key_hash=key_hash(key)).first()


def seats_hand_out(workshop: Workshop) -> int:
    """Free seats go to those who wait and are there, first come first served; how many. Call it under the lock."""
    given = 0
    if not waiting_present(workshop).exists():  # much cheaper to ask, and so it is nearly always
        return 0
    for claim in waiting_present(workshop):
        seat = seats_free(workshop).select_related("workspace").first()
        if seat is None:
            break
        seat_give(SYSTEM, claim, seat)
        given += 1
    return given


def seat_give(actor: Actor, claim: Claim, seat: Seat) -> None:
    """`claim`, which may be new, sits on `seat`; call it under the lock. Its guest is an editor of the workspace."""
    workspace, now = seat.workspace, timezone.now()
    assert workspace is not None
    claim.state, claim.seat, claim.workspace = Claim.State.ACTIVE, seat, workspace
    claim.claimed_at = claim.seen_at = now
    claim.workspace_public_id, claim.workspace_name = workspace.public_id, workspace.name
    if claim.guest is None:
        claim.guest = guest_make(claim.name)
    claim.save()
    Share.objects.create(workspace=workspace, user=claim.guest, role=Share.Role.EDITOR)
    about = {"workshop": claim.workshop.slug, "seat": seat.number, "name": claim.name, "email": claim.email}
    workspace_audit(actor, "workshop.claim", workspace, **about)
    keep_awake_set(SYSTEM, [workspace], awake_until(claim.workshop))
    live.shares_changed(workspace, claim.guest.pk)
    seat_changed(claim.workshop, seat.number)
    workshop_changed(claim.workshop)
    participant_changed(claim.guest.pk)
    transaction.on_commit(lambda: workspace_wake(workspace), robust=True)


def key_change(claim: Claim) -> Key:
    """The address that the claim had leads nowhere any more; a new one does. Call it in a transaction."""
    key = key_new()
    claim.key_hash, claim.key_sealed = key.hash, key.sealed
    claim.save(update_fields=["key_hash", "key_sealed"])
    return key


def awake_until(workshop: Workshop) -> datetime:
    """Until when a seat that was claimed now is not put to rest."""
    now = timezone.now()
    return min(workshop.closes_at or now + AWAKE, now + AWAKE_MOST)


def workspace_wake(workspace: Workspace) -> None:
    """It is starting, so that it answers when the participant comes; where that cannot be asked for now, their visit
    asks again."""
    if workspace.state == State.RUNNING:
        return
    try:
        workspace_start(SYSTEM, workspace, password=None)
    except SpacesError as error:
        log.warning("workshop: %s was not woken: %s", workspace.public_id, error)


def _look(workshop: Workshop, email: str) -> QuerySet[Seat]:
    """The seats that somebody of that address may have. Raises `AlreadyClaimed`, `NoneFree`.

    A crowd asks this at once, so what has nearly always the same answer is asked for as a mere yes or no.
    """
    if Claim.objects.filter(workshop=workshop, email=email, state__in=HERE).exists():
        before = claim_here(workshop, email)
        if before is not None:
            raise AlreadyClaimed(before)
    free = seats_free(workshop)
    if not free.exists():
        raise NoneFree(text("NO_SEATS"))
    return free
