"""The waiting room: people without a seat, in the order in which they came.

Who has closed the page for a while is passed over, and after some more is gone. Giving seats out belongs to `claiming`.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from spaces_site.errors import Unavailable
from workshop.keys import key_new
from workshop.live import workshop_changed
from workshop.models import Claim, Workshop
from workshop.selectors import is_open, seats_free, waiting_of, waiting_present
from workshop.services.claiming import AlreadyClaimed, claim_check, claim_here, open_check, seats_hand_out
from workshop.services.locking import workshop_lock
from workshop.transitions import claim_move

KEEPS_PLACE = timedelta(minutes=15)
"""For so long somebody may be away without losing their place."""
SEEN_EVERY = timedelta(seconds=10)
MOST = 500
"""People who wait for one workshop."""


def waiting_join(actor: Actor, workshop: Workshop, *, name: str, email: str, code: str = "") -> Claim:
    """The participant has a seat where one is free by now, else a place at the end of the queue.

    Raises as `claim_make`, but no `NoneFree`; `Unavailable` (WAITING_FULL) when too many wait already.
    """
    name, email = claim_check(actor, workshop, name, email, code)
    key = key_new()
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        open_check(workshop)
        if (before := claim_here(workshop, email)) is not None:
            raise AlreadyClaimed(before)
        if waiting_of(workshop).count() >= MOST:
            raise Unavailable(_("Too many people wait already. Please ask the workshop leader."), code="WAITING_FULL")
        claim = Claim(workshop=workshop, name=name, email=email, key_hash=key.hash, key_sealed=key.sealed)
        claim.state = Claim.State.WAITING
        claim.save()
        audit(actor, "workshop.wait", owner_id=workshop.owner_id, workshop=workshop.slug, name=name, email=email)
        if not seats_hand_out(workshop):
            workshop_changed(workshop)
    claim.refresh_from_db()
    return claim


def waiting_assign(workshop: Workshop) -> int:
    """Free seats go to those who wait, first come first served; how many. Who has been away for too long is gone.

    Safe at any time: it looks first, and locks only where there is something to do.
    """
    away = waiting_of(workshop).filter(seen_at__lte=timezone.now() - KEEPS_PLACE)
    has_seat = is_open(workshop) and seats_free(workshop).exists() and waiting_present(workshop).exists()
    if not has_seat and not away.exists():
        return 0
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        if away.update(state=Claim.State.LEFT, released_at=timezone.now()):
            workshop_changed(workshop)
        return seats_hand_out(workshop) if is_open(workshop) else 0


def waiting_seen(claim: Claim) -> None:
    """The participant looks at the page, and keeps their place. Written down at most every ten seconds."""
    now = timezone.now()
    if claim.seen_at <= now - SEEN_EVERY:
        Claim.objects.filter(pk=claim.pk, state=Claim.State.WAITING).update(seen_at=now)
        claim.seen_at = now


def waiting_position(claim: Claim) -> int:
    """1 for whom the next seat is."""
    before = Q(joined_at__lt=claim.joined_at) | Q(joined_at=claim.joined_at, pk__lt=claim.pk)
    return waiting_of(claim.workshop).filter(before).count() + 1


def waiting_leave(actor: Actor, claim: Claim) -> None:
    """The participant does not wait any more; who does not is no error."""
    with transaction.atomic():
        workshop = workshop_lock(claim.workshop_id)
        if claim_move(claim, Claim.State.LEFT, from_=(Claim.State.WAITING,), released_at=timezone.now()):
            audit(actor, "workshop.leave", owner_id=workshop.owner_id, workshop=workshop.slug, name=claim.name)
            workshop_changed(workshop)

