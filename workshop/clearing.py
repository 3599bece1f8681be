"""What is left to do when a workshop is over: its seats stop, and when the time of grace is over all of it is gone but
the list of who was there."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.actors import SYSTEM
from spaces_site.errors import SpacesError, Unavailable
from workshop.live import workshop_changed
from workshop.models import Claim, Seat, Workshop
from workshop.services.locking import workshop_lock
from workshop.services.workshops.ending import guests_remove
from workspaces.models import Workspace
from workspaces.services.work import workspace_stop
from workspaces.states import State

AT_REST = (State.STOPPED, State.STOPPING, State.ERROR, State.DELETING)

log = logging.getLogger(__name__)


def is_cleared() -> Q:
    """Condition on workshops that are over: nothing is left to do."""
    return Q(~Exists(Seat.objects.filter(workshop=OuterRef("pk"))), snapshot=None)


def cleared(workshop: Workshop) -> bool:
    """Its seats are asked to stop; once they and the time of grace are over, seats, prepared state, links and guests'
    accounts are gone. Whether that was now. Raises `Unavailable` without engine."""
    if workshop.at_end == Workshop.AtEnd.KEEP:
        return False
    if not workshop.adopts:
        _seats_stop(workshop)
    grace = timedelta(hours=workshop.grace_hours if workshop.at_end == Workshop.AtEnd.STOP else 0)
    if workshop.ended_at is None or workshop.ended_at + grace > timezone.now():
        return False
    if not workshop.adopts and Workspace.objects.filter(seat__workshop=workshop).exists():
        return False  # they are deleted by the sweep, whose time came with that of grace
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        Seat.objects.filter(workshop=workshop).delete()
        Workshop.objects.filter(pk=workshop.pk).update(snapshot=None)
        Claim.objects.filter(workshop=workshop, files_until__lte=timezone.now()).update(
            take_home_hash="", take_home_sealed=""
        )
        guests_remove(workshop)
        workshop_changed(workshop)
    return True


def _seats_stop(workshop: Workshop) -> None:
    for workspace in Workspace.objects.filter(seat__workshop=workshop).exclude(state__in=AT_REST):
        try:
            workspace_stop(SYSTEM, workspace, password=None)
        except Unavailable:
            raise
        except SpacesError as problem:
            log.info("stopping seat %s: %s", workspace.public_id, problem)
