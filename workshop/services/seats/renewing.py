"""A seat is made anew when somebody leaves it: another workspace, in which nothing of theirs can be."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.actors import Actor
from accounts.audit import audit
from workshop.live import seat_changed
from workshop.models import Seat, Workshop
from workshop.services.locking import workshop_lock
from workshop.services.seats.filling import seats_make
from workshop.services.seats.retiring import seat_retire
from workspaces.limits import owner_lock
from workspaces.models import Workspace, WorkspaceGroup
from workspaces.services.cloning import clones_make
from workspaces.services.create import workspace_create
from workspaces.services.groups import group_ensure
from workspaces.services.names import names_taken


def seat_renew(actor: Actor, seat: Seat, *, keep_until: datetime | None, retired_name: str) -> None:
    """The seat has a new workspace of the prepared state, being made. The old one is asked to stop, is called
    `<name> – <retired_name>`, is in no group, open to nobody but its owner, and deleted at `keep_until`, for None now.

    Whether the actor may is for the caller to check, who also moves the claim, in the same transaction where it has
    one. Of a workshop that is over the seat has none afterwards. A seat that was adopted, of which nothing is prepared,
    is made anew of its kind, starter and template; raises `Unavailable` then, without engine, and `Invalid` or
    `NotFound` when one of these is not offered any more.
    """
    with transaction.atomic():
        workshop = workshop_lock(seat.workshop_id)
        owner = owner_lock(workshop.owner_id)
        all_of_it = ("workspace__kind", "workspace__owner", "workspace__snapshot", "workspace__group")
        fresh = Seat.objects.select_related(*all_of_it).get(pk=seat.pk)
        old = fresh.workspace
        name, group = (old.name, old.group) if old else ("", None)
        Seat.objects.filter(pk=seat.pk).update(workspace=None, ready_at=None, problem="", attempts=0)
        taken = names_taken(owner)
        fresh.workspace, fresh.ready_at, fresh.attempts = None, None, 0
        if old is not None:
            seat_retire(old, keep_until=keep_until, retired_name=retired_name, taken=taken)
            taken.discard(name.lower())
        if workshop.state == Workshop.State.ENDED:
            pass
        elif workshop.snapshot is not None:
            seats_make(workshop, owner, [fresh], taken)
        elif old is not None:
            fresh.workspace = _adopted_anew(workshop, old, name, group)
            Seat.objects.filter(pk=seat.pk).update(workspace=fresh.workspace)
        audit(
            actor,
            "workshop.seat.renew",
            workspace=old.public_id if old else "",
            workspace_name=name,
            owner_id=workshop.owner_id,
            workshop=workshop.slug,
            seat=fresh.number,
            until=keep_until.isoformat(timespec="seconds") if keep_until else "",
        )
        seat_changed(workshop, fresh.number)
    seat.workspace, seat.ready_at = fresh.workspace, None


def _adopted_anew(workshop: Workshop, old: Workspace, name: str, group: WorkspaceGroup | None) -> Workspace:
    """Another one of that name and group, the workshop's owner's, who has a place for it since the old one counts no
    more."""
    owner = workshop.owner
    if old.snapshot is not None:
        own = group_ensure(owner, group.name) if group else None
        return clones_make(owner, old.snapshot, [name], actor=Actor(owner, "system"), group=own)[0]
    # Under another name at first: under its own it might be given files that were kept of one that was called so.
    made = workspace_create(
        Actor(owner, "system"),
        kind=old.kind.slug,
        name=f"{name[:80]} – {old.public_id}",
        memory_mb=old.memory_mb,
        cpus=old.cpus,
        gpu=old.gpu,
        template=old.template,
        starter="" if old.starter == "git-clone" else old.starter,
        group=group.name if group else "",
    )
    Workspace.objects.filter(pk=made.pk).update(name=name)
    made.name = name
    return made
