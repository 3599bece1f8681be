"""A workshop opens and closes, when its leader says so or when its time comes."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict
from workshop.live import workshop_changed
from workshop.models import Workshop
from workshop.selectors import workshop_get
from workshop.sending import workshop_send
from workshop.services.locking import workshop_lock
from workshop.services.workshops.making import workshop_audit
from workshop.transitions import workshop_move

State = Workshop.State


def workshop_open(actor: Actor, workshop: Workshop) -> None:
    """Seats can be claimed from now on, whenever it was to open. Open already is no error.

    Raises `NotFound`, `Conflict` (WORKSHOP_STATE when it is over, WORKSHOP_CLOSES when its closing time is).
    """
    workshop = workshop_get(actor, workshop.slug)
    now = timezone.now()
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        if workshop.closes_at and workshop.closes_at <= now:
            raise Conflict(_("Its closing time is over. Change that first."), code="WORKSHOP_CLOSES")
        starts = {"opens_at": now} if workshop.opens_at and workshop.opens_at > now else {}
        if workshop.state == State.OPEN and not starts:
            return
        if not workshop_move(workshop, State.OPEN, from_=[State.DRAFT, State.CLOSED, State.OPEN], **starts):
            raise does_not_fit(workshop)
        workshop_audit(actor, "workshop.open", workshop)
        workshop_changed(workshop)
        workshop_send(workshop.pk)


def workshop_close(actor: Actor, workshop: Workshop) -> None:
    """No more seats are given; who has one keeps it. Closed already is no error.

    Raises `NotFound`, `Conflict` (WORKSHOP_STATE when it was never open, or is over).
    """
    workshop = workshop_get(actor, workshop.slug)
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        if workshop.state == State.CLOSED:
            return
        if not workshop_move(workshop, State.CLOSED, from_=[State.OPEN]):
            raise does_not_fit(workshop)
        workshop_audit(actor, "workshop.close", workshop)
        workshop_changed(workshop)


def does_not_fit(workshop: Workshop) -> Conflict:
    """What is wanted cannot be done to a workshop in its state."""
    return Conflict(
        _("This cannot be done now: the workshop is %(state)s.") % {"state": State(workshop.state).label},
        code="WORKSHOP_STATE",
        details={"state": str(workshop.state)},
    )
