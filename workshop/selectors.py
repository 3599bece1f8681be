"""What an actor may see of workshops. Every list and look-up goes through here, scoped by who asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.roles import is_leader
from spaces_site.errors import Forbidden, NotFound
from workshop.models import Claim, Seat, Workshop
from workspaces.models import Operation
from workspaces.states import OPEN_OPERATIONS, UNSETTLED, State

FREE_STATES = (State.RUNNING, State.PAUSED, State.STOPPED)
"""Of a workspace that can be given to somebody: it has been made whole."""
PRESENT = timedelta(minutes=2)
"""Who waits and was seen within this gets the next seat."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Seats of a workshop: `total` = `free` + `claimed` + `making` + `failed`; and how many people wait for one."""

    total: int
    free: int
    claimed: int
    making: int
    failed: int
    waiting: int


def may_lead(actor: Actor) -> bool:
    """Whether the actor may have workshops: staff and workshop leaders."""
    return actor.is_staff or bool(actor.user and actor.user.is_active and is_leader(actor.user))


def leader_check(actor: Actor) -> None:
    """Raises `Forbidden` (LEADERS_ONLY) for whoever may not have workshops."""
    if not may_lead(actor):
        raise Forbidden(_("Only workshop leaders can do that. Ask the administrator."), code="LEADERS_ONLY")


def workshops_for(actor: Actor) -> QuerySet[Workshop]:
    """The leader's own, newest first; everybody's for staff, none for others."""
    if not may_lead(actor):
        return Workshop.objects.none()
    found = Workshop.objects.select_related("owner", "source", "snapshot", "group").order_by("-created_at")
    return found if actor.is_staff else found.filter(owner=actor.user)


def workshop_get(actor: Actor, slug: str) -> Workshop:
    """The workshop of that name, for its leader and staff. Raises `NotFound`, also when it is somebody else's."""
    found = workshops_for(actor).filter(slug=slug).first()
    if found is None:
        raise NotFound(_("There is no such workshop."), code="WORKSHOP_NOT_FOUND")
    return found


def seats_of(workshop: Workshop) -> list[Seat]:
    """Its seats by number, each with `workspace`, its `kind`, `open_operations` of that, and `active_claims` (one or
    none), in three queries however many there are."""
    return list(_seats(Seat.objects.filter(workshop=workshop)))


def seat_get(actor: Actor, slug: str, number: int) -> Seat:
    """One seat of a workshop of the actor's, as `seats_of` has it. Raises `NotFound`."""
    found = _seats(Seat.objects.filter(workshop=workshop_get(actor, slug), number=number)).first()
    if found is None:
        raise NotFound(_("There is no such seat."), code="SEAT_NOT_FOUND")
    return found


def _seats(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    claims = Claim.objects.filter(state=Claim.State.ACTIVE)
    operations = Operation.objects.filter(state__in=OPEN_OPERATIONS)
    return (
        seats.select_related("workshop", "workspace__kind", "workspace__owner")
        .prefetch_related(
            Prefetch("claims", queryset=claims, to_attr="active_claims"),
            Prefetch("workspace__operations", queryset=operations, to_attr="open_operations"),
        )
        .order_by("number")
    )


def seats_free(workshop: Workshop) -> QuerySet[Seat]:
    """Seats that can be given to somebody now, those that wake fastest first."""
    taken = Claim.objects.filter(seat=OuterRef("pk"), state=Claim.State.ACTIVE)
    return (
        Seat.objects.filter(~Exists(taken), workshop=workshop, workspace__state__in=FREE_STATES)
        .exclude(ready_at=None)
        .order_by("workspace__state", "number")  # paused, running, stopped: as it happens, by how soon they answer
    )


def waiting_of(workshop: Workshop) -> QuerySet[Claim]:
    """Who waits for a seat, in the order in which they came."""
    waiting = Claim.objects.filter(workshop=workshop, state=Claim.State.WAITING)
    return waiting.select_related("workshop", "guest").order_by("joined_at", "pk")


def waiting_present(workshop: Workshop) -> QuerySet[Claim]:
    """Those of them who look at the page."""
    return waiting_of(workshop).filter(seen_at__gt=timezone.now() - PRESENT)


def counts_of(workshops: Iterable[Workshop]) -> dict[int, Counts]:
    """By number of the workshop's row, in two queries however many workshops and seats there are."""
    ids = [workshop.pk for workshop in workshops]
    active = Claim.objects.filter(seat=OuterRef("pk"), state=Claim.State.ACTIVE)
    seats = Seat.objects.filter(workshop__in=ids).annotate(is_taken=Exists(active))
    rows = list(seats.values_list("workshop_id", "is_taken", "workspace__state", "ready_at"))
    waiting = list(
        Claim.objects.filter(workshop__in=ids, state=Claim.State.WAITING).values_list("workshop_id", flat=True)
    )
    found = {}
    for pk in ids:
        mine = [seat_status(taken, state, ready_at) for of, taken, state, ready_at in rows if of == pk]
        free, claimed, making, failed = (mine.count(kind) for kind in ("free", "claimed", "making", "failed"))
        found[pk] = Counts(len(mine), free, claimed, making, failed, waiting.count(pk))
    return found


def counts(workshop: Workshop) -> Counts:
    """Those of one workshop."""
    return counts_of([workshop])[workshop.pk]


def seat_status(is_taken: bool, state: str | None, ready_at: object) -> str:
    """What a seat is, by its claim, its workspace's state and `ready_at`: claimed, failed, free or making."""
    if is_taken:
        return "claimed"
    if state == State.ERROR:
        return "failed"
    if state in FREE_STATES and ready_at is not None:
        return "free"
    return "making" if state is None or state in UNSETTLED or ready_at is None else "failed"


def is_open(workshop: Workshop) -> bool:
    """Whether seats of it can be claimed now."""
    now = timezone.now()
    return (
        workshop.state == Workshop.State.OPEN
        and (workshop.opens_at is None or workshop.opens_at <= now)
        and (workshop.closes_at is None or now < workshop.closes_at)
    )


def workshops_open() -> QuerySet[Workshop]:
    """Those whose seats can be claimed now, newest first."""
    now = timezone.now()
    began, goes_on = Q(opens_at=None) | Q(opens_at__lte=now), Q(closes_at=None) | Q(closes_at__gt=now)
    return Workshop.objects.filter(began, goes_on, state=Workshop.State.OPEN).order_by("-created_at")


def adopts_name(name: str) -> bool:
    """Whether a workspace of that name belongs to the workshop of the setting WORKSHOP_GROUP."""
    group = settings.WORKSHOP_GROUP
    return bool(group) and re.fullmatch(rf"{re.escape(group)} \d+", name) is not None
