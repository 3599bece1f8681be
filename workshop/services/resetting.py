"""A seat goes back to what was prepared, or to what it was before that. Whoever sits on it stays, and so does its
address."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.rate import rate_limit
from spaces_site.errors import Conflict, NotFound
from workshop.live import participant_changed, seat_changed
from workshop.models import Backup, Claim, Seat, Workshop
from workshop.selectors import workshop_get
from workshop.services.seated import claim_check, leads
from workspaces.auditing import workspace_audit
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.services.resetting import workspace_reset

BACKUPS_KEPT = 5
"""Of one seat; older ones go, and their images with them."""
RESETS_PER_HOUR = 20
"""By a participant: each writes an image."""


def seat_reset(actor: Actor, seat: Seat, *, backup: bool = True) -> Operation:
    """The seat's workspace will be as it was prepared. With `backup` what it is now is kept first, for as long as the
    workshop keeps files, and without that nothing is removed.

    Who sits there, and who leads. Raises `NotFound` for others, `Conflict` (SEAT_EMPTY, NOTHING_PREPARED,
    WORKSPACE_STATE while it is made), `TooMany`, `Unavailable` without engine.
    """
    claim = claim_of(seat)
    _check(actor, seat, claim)
    snapshot = seat.workshop.snapshot or (seat.workspace.snapshot if seat.workspace else None)
    if snapshot is None or not snapshot.is_ready:
        raise Conflict(_("There is no prepared state to go back to."), code="NOTHING_PREPARED")
    return _reset(actor, seat, claim, snapshot, "workshop.seat.reset", backup=backup)


def backup_restore(actor: Actor, backup: Backup) -> Operation:
    """The seat's workspace will be as it was when `backup` was made; what it is now is kept as another backup.

    Who leads. Raises `NotFound` for others, `Conflict` (BACKUP_OF_ANOTHER when by now somebody else sits there,
    BACKUP_NOT_READY) and as `seat_reset`.
    """
    seat = backup.seat
    workshop_get(actor, seat.workshop.slug)
    claim = claim_of(seat)
    if not is_restorable(backup, seat, claim):
        raise Conflict(_("This copy is of somebody who had this seat before."), code="BACKUP_OF_ANOTHER")
    if not backup.snapshot.is_ready:
        raise Conflict(_("This copy is not ready yet."), code="BACKUP_NOT_READY")
    return _reset(actor, seat, claim, backup.snapshot, "workshop.seat.restore", backup=True)


def is_restorable(backup: Backup, seat: Seat, claim: Claim | None) -> bool:
    """Whether it is of the same workspace and the same participant as now: nobody is given another's files."""
    same_workspace = seat.workspace is not None and backup.workspace_public_id == seat.workspace.public_id
    return same_workspace and backup.claim_id == (claim.pk if claim else None)


def claim_of(seat: Seat) -> Claim | None:
    """Who sits there now."""
    return seat.claims.filter(state=Claim.State.ACTIVE).select_related("workshop", "workspace", "seat").first()


def _check(actor: Actor, seat: Seat, claim: Claim | None) -> None:
    if leads(actor, seat.workshop):
        return
    if claim is None:
        raise NotFound(_("There is no such seat."), code="SEAT_NOT_FOUND")
    claim_check(actor, claim)
    rate_limit("workshop.reset", str(claim.pk), limit=RESETS_PER_HOUR, window=timedelta(hours=1))


def _reset(
    actor: Actor, seat: Seat, claim: Claim | None, snapshot: Snapshot, action: str, *, backup: bool
) -> Operation:
    """The platform does it for a participant, who may work in the workspace but is not its owner."""
    workshop = seat.workshop
    if seat.workspace is None:
        raise Conflict(_("There is nothing on this seat at the moment."), code="SEAT_EMPTY")
    is_leader = leads(actor, workshop)
    with transaction.atomic():
        operation, kept = workspace_reset(actor if is_leader else SYSTEM, seat.workspace, snapshot, backup=backup)
        if kept is not None:
            _keep(seat, seat.workspace, claim, kept, workshop)
        Seat.objects.filter(pk=seat.pk).update(failing=0, cpu_percent=None, memory_bytes=None)
        workspace_audit(actor, action, seat.workspace, workshop=workshop.slug, seat=seat.number, backup=backup)
        seat_changed(workshop, seat.number)
        participant_changed(claim.guest_id if claim else None)
    return operation


def _keep(seat: Seat, workspace: Workspace, claim: Claim | None, kept: Snapshot, workshop: Workshop) -> None:
    Backup.objects.create(
        seat=seat,
        claim=claim,
        snapshot=kept,
        workspace_public_id=workspace.public_id,
        expires_at=timezone.now() + timedelta(hours=workshop.keep_hours),
    )
    newest = Backup.objects.filter(seat=seat).order_by("-created_at", "-pk").values_list("pk", flat=True)
    Backup.objects.filter(seat=seat).exclude(pk__in=list(newest[:BACKUPS_KEPT])).delete()
