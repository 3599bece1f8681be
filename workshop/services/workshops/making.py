"""A workshop is made of a prepared workspace, and changed later: its columns, its seats, the state they are made of."""

from __future__ import annotations

from typing import Any, Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from accounts.audit import audit
from spaces_site.errors import Conflict
from workshop.live import participants_changed, workshop_changed
from workshop.models import Seat, Workshop
from workshop.selectors import leader_check, workshop_get
from workshop.sending import workshop_send
from workshop.services.locking import workshop_lock
from workshop.services.workshops.names import group_name, slug_collides, slug_next
from workshop.services.workshops.wishes import Wishes, columns_of
from workshop.times import ends_at
from workspaces.engine_state import engine_require
from workspaces.limits import owner_lock
from workspaces.models import Snapshot, Workspace
from workspaces.selectors import workspace_managed
from workspaces.services.cloning import snapshot_ask
from workspaces.services.groups import group_ensure


def workshop_create(actor: Actor, *, source: Workspace, **wishes: Unpack[Wishes]) -> Workshop:
    """A workshop of the actor's is being prepared: the state of `source` is taken, and seats are made of it.

    For leaders, of workspaces of their own, and for staff, of anybody's. Raises `Forbidden` (LEADERS_ONLY, OWNER_ONLY),
    `NotFound`, `Invalid` (WORKSHOP_INVALID, a text per field), `Conflict` (SLUG_TAKEN, CLONE_SOURCE, GROUP_LIMIT),
    `Unavailable` without engine.
    """
    leader_check(actor)
    user = full_member(actor)
    source = workspace_managed(actor, source.public_id)
    needed: Wishes = {"title": "", "seats": 0}
    columns = columns_of({**needed, **wishes}, owner=user, source=source, workshop=None)
    engine_require()
    with slug_collides(), transaction.atomic():
        owner = owner_lock(user.pk)
        columns["slug"] = columns.get("slug") or slug_next(columns["title"])
        workshop = Workshop.objects.create(
            owner=owner,
            source=source,
            group=group_ensure(owner, group_name(columns["title"])),
            snapshot=snapshot_ask(source, Snapshot.Purpose.WORKSHOP, owner=owner),
            **columns,
        )
        workshop_audit(actor, "workshop.create", workshop, source=source.name, count=workshop.seats_wanted)
        _tell(workshop)
    return workshop


def workshop_change(actor: Actor, workshop: Workshop, **wishes: Unpack[Wishes]) -> Workshop:
    """What is given is so from now on, the rest stays. More seats are made, of fewer the free ones go, and nobody loses
    theirs. Size and network are those of seats that are made from now on.

    Raises `NotFound`, `Invalid` (WORKSHOP_INVALID), `Conflict` (SLUG_TAKEN, WORKSHOP_STATE when it is over).
    """
    workshop = workshop_get(actor, workshop.slug)
    with slug_collides(), transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        _check_not_over(workshop)
        columns = columns_of(wishes, owner=workshop.owner, source=workshop.source, workshop=workshop)
        if not columns.get("slug", "x"):
            del columns["slug"]
        changed = sorted(name for name, value in columns.items() if getattr(workshop, name) != value)
        Workshop.objects.filter(pk=workshop.pk).update(**columns)
        for name, value in columns.items():
            setattr(workshop, name, value)
        if "closes_at" in changed and (until := ends_at(workshop)):
            Workspace.objects.filter(seat__workshop=workshop).update(keep_awake_until=until)
        if "closes_at" in changed:
            participants_changed(workshop)
        if changed:
            fields = [name.removesuffix("_sealed") for name in changed]
            workshop_audit(actor, "workshop.change", workshop, fields=fields)
        _tell(workshop)
    return workshop


def workshop_retake(actor: Actor, workshop: Workshop) -> None:
    """The prepared state is taken anew: free seats are made of it once it is there, seats that somebody has stay as
    they are until they are reset or released.

    Raises `NotFound`, `Conflict` (SOURCE_GONE, CLONE_SOURCE, WORKSHOP_STATE), `Unavailable` without engine.
    """
    workshop = workshop_get(actor, workshop.slug)
    engine_require()
    with transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        _check_not_over(workshop)
        if workshop.source is None:
            raise Conflict(_("The prepared workspace is not there any more."), code="SOURCE_GONE")
        owner = owner_lock(workshop.owner_id)
        snapshot = snapshot_ask(workshop.source, Snapshot.Purpose.WORKSHOP, owner=owner)
        Workshop.objects.filter(pk=workshop.pk).update(snapshot=snapshot, problem="")
        Seat.objects.filter(workshop=workshop).update(attempts=0, problem="")
        workshop_audit(actor, "workshop.retake", workshop, source=workshop.source.name)
        _tell(workshop)


def workshop_audit(actor: Actor, action: str, workshop: Workshop, **meta: Any) -> None:
    """Write what was done to a workshop as a whole, in the caller's transaction."""
    audit(actor, action, owner_id=workshop.owner_id, workshop=workshop.slug, title=workshop.title, **meta)


def _check_not_over(workshop: Workshop) -> None:
    if workshop.state == Workshop.State.ENDED:
        raise Conflict(_("This workshop is over."), code="WORKSHOP_STATE", details={"state": str(workshop.state)})


def _tell(workshop: Workshop) -> None:
    workshop_changed(workshop)
    workshop_send(workshop.pk)
