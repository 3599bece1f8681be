"""A trial of the evening: seats are made, opened, put to sleep, woken and checked, and then removed again."""

from __future__ import annotations

import json
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from accounts.models import User
from spaces_site.errors import Conflict, Invalid, NotFound
from workshop.live import workshop_changed
from workshop.models import Rehearsal, Workshop
from workshop.rehearsing import rehearsal_send
from workshop.rehearsing.performing import CANCELLED
from workshop.rehearsing.stages import GUESTS, guest_address
from workshop.selectors import workshop_get
from workshop.services.locking import workshop_lock
from workspaces.commands import AUDITED_CHARACTERS, command_argv
from workspaces.engine_state import engine_require
from workspaces.limits import owner_lock
from workspaces.models import Share, Snapshot
from workspaces.services.cloning import clones_make, names_next
from workspaces.services.names import name_collides

SEATS_LIVE = timedelta(hours=1)
"""Whatever happens, what was made for a rehearsal is deleted then."""
MOST_KEPT = 20


def rehearsal_start(actor: Actor, workshop: Workshop, *, seats: int, command: str = "") -> Rehearsal:
    """`seats` temporary seats are being made, opened by a guest as participants would, and checked with `command`.

    They count nowhere, and are deleted at the end. Raises `NotFound` for who does not lead the workshop, `Invalid`
    (REHEARSAL_SEATS, COMMAND_INVALID), `Conflict` (REHEARSAL_RUNNING, WORKSHOP_UNPREPARED), `Unavailable`.
    """
    workshop = workshop_get(actor, workshop.slug)
    command = command.replace("\r\n", "\n").strip()
    if command:
        command_argv(command)
    most = settings.WORKSHOP_MAX_SEATS
    if not 1 <= seats <= most:
        text = _("Between 1 and %(most)d seats.") % {"most": most}
        raise Invalid(text, code="REHEARSAL_SEATS", details={"seats": text})
    engine_require()
    with name_collides(), transaction.atomic():
        workshop = workshop_lock(workshop.pk)
        _check(workshop)
        owner = owner_lock(workshop.owner_id)
        old = Rehearsal.objects.filter(workshop=workshop).values_list("pk", flat=True)[MOST_KEPT - 1 :]
        Rehearsal.objects.filter(pk__in=list(old)).delete()
        rehearsal = Rehearsal.objects.create(
            workshop=workshop,
            actor=actor.user,
            seats=seats,
            command=command,
            state=Rehearsal.State.RUNNING,
            started_at=timezone.now(),
        )
        _make(rehearsal, owner, actor)
        about = {"workshop": workshop.slug, "seats": seats, "command": command[:AUDITED_CHARACTERS]}
        audit(actor, "workshop.rehearsal", owner_id=workshop.owner_id, **about)  # type: ignore[arg-type]
        rehearsal_send(rehearsal)
        workshop_changed(workshop)
    return rehearsal


def rehearsal_cancel(actor: Actor, rehearsal: Rehearsal) -> None:
    """Nothing more is tried, and its seats are being deleted. One that is over is no error. Raises `NotFound`."""
    rehearsal = rehearsal_get(actor, rehearsal.workshop.slug, rehearsal.pk)
    with transaction.atomic():
        going = Rehearsal.objects.filter(pk=rehearsal.pk, state=Rehearsal.State.RUNNING, verdict="", problem="")
        if going.update(problem=json.dumps([{"code": CANCELLED}])):
            audit(
                actor, "workshop.rehearsal",
                owner_id=rehearsal.workshop.owner_id, workshop=rehearsal.workshop.slug, code=CANCELLED,
            )  # fmt: skip
            workshop_changed(rehearsal.workshop)


def rehearsals_of(workshop: Workshop) -> QuerySet[Rehearsal]:
    """Its rehearsals, newest first."""
    return Rehearsal.objects.filter(workshop=workshop).select_related("workshop", "actor").order_by("-created_at")


def rehearsal_get(actor: Actor, slug: str, rehearsal_id: int) -> Rehearsal:
    """One of a workshop of the actor's. Raises `NotFound`."""
    found = rehearsals_of(workshop_get(actor, slug)).filter(pk=rehearsal_id).first()
    if found is None:
        raise NotFound(_("There is no such rehearsal."), code="REHEARSAL_NOT_FOUND")
    return found


def _check(workshop: Workshop) -> None:
    if workshop.snapshot is None or workshop.snapshot.state == Snapshot.State.FAILED:
        text = _("Nothing is prepared for this workshop yet. Choose a workspace that the seats are made of.")
        raise Conflict(text, code="WORKSHOP_UNPREPARED")
    if Rehearsal.objects.filter(workshop=workshop, state=Rehearsal.State.RUNNING).exists():
        raise Conflict(_("A rehearsal is under way already. Wait for its end."), code="REHEARSAL_RUNNING")


def _make(rehearsal: Rehearsal, owner: User, actor: Actor) -> None:
    """Its seats, and the guest who visits them."""
    workshop, over = rehearsal.workshop, timezone.now() + SEATS_LIVE
    assert workshop.snapshot is not None
    made = clones_make(
        owner,
        workshop.snapshot,
        names_next(owner, _("%(title)s – rehearsal") % {"title": workshop.title}, rehearsal.seats),
        actor=actor,
        is_seat=True,
        keep_awake_until=over,
        expires_at=over,
        network_mode=workshop.network_mode or None,
        memory_mb=workshop.memory_mb,
    )
    _guests_forget()
    guest = User.objects.create_user(
        guest_address(rehearsal), f"Rehearsal ({rehearsal.pk})", is_guest=True, max_workspaces=0, max_running=0
    )
    Share.objects.bulk_create(Share(workspace=one, user=guest, role=Share.Role.EDITOR) for one in made)
    rehearsal.workspaces = [one.public_id for one in made]
    rehearsal.results = [{"id": one.public_id, "name": one.name, "stage": "make"} for one in made]
    rehearsal.save(update_fields=["workspaces", "results"])


def _guests_forget() -> None:
    """Those of rehearsals that are gone, with their workshop, before they came to an end."""
    running = Rehearsal.objects.filter(state=Rehearsal.State.RUNNING)
    User.objects.filter(email__startswith=GUESTS, is_guest=True).exclude(
        email__in=[guest_address(rehearsal) for rehearsal in running]
    ).delete()
