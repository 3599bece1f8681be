"""Which workshop participants mean, and the one whose seats are the workspaces of the setting WORKSHOP_GROUP.

That one is made when it is first asked for, and its seats follow the workspaces: two questions while nothing changed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from accounts.actors import SYSTEM
from accounts.audit import audit
from accounts.models import User
from accounts.roles import WORKSHOP_LEADER, runs_the_site
from workshop.live import workshop_changed
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import FREE_STATES, adopts_name, workshops_open
from workshop.services.locking import workshop_lock
from workshop.services.workshops.names import RESERVED
from workspaces.models import Workspace
from workspaces.states import State

SLUG_MOST = 40


def workshop_for_claim(slug: str = "") -> Workshop | None:
    """The workshop of that name; without one that of WORKSHOP_GROUP, else the newest that is open. None for none."""
    if slug:
        found = Workshop.objects.filter(slug=slug.replace("\0", "")).first()
        if found is not None and found.adopts and found.adopts == settings.WORKSHOP_GROUP:
            seats_follow(found)
        return found
    return workshop_adopting() or workshops_open().first()


def workshop_adopting() -> Workshop | None:
    """The workshop of WORKSHOP_GROUP with its seats as the workspaces are now, made when there is none; None when the
    setting is unset, or nobody runs the site yet whose it could be."""
    group = settings.WORKSHOP_GROUP
    if not group:
        return None
    workshop = Workshop.objects.filter(adopts=group).first() or _made(group)
    if workshop is not None:
        seats_follow(workshop)
    return workshop


def _made(group: str) -> Workshop | None:
    owner = User.objects.filter(runs_the_site(), is_active=True).order_by("pk").first()
    if owner is None:
        return None
    try:
        with transaction.atomic():
            workshop = Workshop.objects.create(
                slug=_slug(group), title=group[:100], owner=owner, adopts=group, state=Workshop.State.OPEN
            )
            audit(SYSTEM, "workshop.create", owner_id=owner.pk, workshop=workshop.slug)
    except IntegrityError:  # somebody else was faster
        return Workshop.objects.filter(adopts=group).first()
    return workshop


def _slug(group: str) -> str:
    slug = slugify(group)[:SLUG_MOST].strip("-_").replace("_", "-") or "workshop"
    while slug in RESERVED or Workshop.objects.filter(slug=slug).exists():
        slug = f"{slug[: SLUG_MOST - 5]}-{secrets.token_hex(2)}"
    return slug


def seats_follow(workshop: Workshop) -> None:
    """Each workspace of its name or group is on a seat of it; seats whose workspace is gone or is called otherwise by
    now are gone as well, but where somebody sits. What was never ready counts as ready once it has been made."""
    if _nothing_to_do(_adoptable(workshop), _seats(workshop)):
        return
    with transaction.atomic():
        workshop_lock(workshop.pk)
        wanted, seats = _adoptable(workshop), _seats(workshop)  # as it is now, under the lock
        here = {workspace.pk for workspace in wanted}
        lost = [seat.pk for seat in seats if seat.workspace_id not in here and _may_go(seat)]
        Seat.objects.filter(pk__in=lost).delete()
        left = [seat for seat in seats if seat.pk not in lost]
        _seats_add(workshop, wanted, left)
        ready = [seat.pk for seat in left if seat.ready_at is None and _is_whole(seat.workspace)]
        Seat.objects.filter(pk__in=ready).update(ready_at=timezone.now(), problem="", attempts=0)
        workshop_changed(workshop)


def _adoptable(workshop: Workshop) -> list[Workspace]:
    """Of that name or group, of people who may lead workshops (or anybody could slip a workspace of theirs in), and on
    no seat of another workshop."""
    group = workshop.adopts
    may_lead = runs_the_site() | Q(is_staff=True, groups__name=WORKSHOP_LEADER)
    leaders = User.objects.filter(may_lead, is_active=True, is_guest=False).values("pk")
    found = (
        Workspace.objects.filter(Q(name__startswith=f"{group} ") | Q(group__name=group), owner__in=leaders)
        .filter(Q(seat=None) | Q(seat__workshop=workshop), expires_at=None)
        .exclude(state=State.DELETING)
        .select_related("group")
        .order_by("pk")
    )
    return [one for one in found if adopts_name(one.name) or (one.group is not None and one.group.name == group)]


def _seats(workshop: Workshop) -> list[Seat]:
    return list(_with_taken(Seat.objects.filter(workshop=workshop)).select_related("workspace"))


def _with_taken(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    taken = Claim.objects.filter(seat=OuterRef("pk"), state=Claim.State.ACTIVE)
    return seats.annotate(is_taken=Exists(taken))


def _nothing_to_do(wanted: Iterable[Workspace], seats: Iterable[Seat]) -> bool:
    here = {workspace.pk for workspace in wanted}
    return (
        here == {seat.workspace_id for seat in seats if seat.workspace_id in here}
        and not any(seat.workspace_id not in here and _may_go(seat) for seat in seats)
        and not any(seat.ready_at is None and _is_whole(seat.workspace) for seat in seats)
    )


def _may_go(seat: Seat) -> bool:
    """Not where somebody sits, nor one that is being made anew and has no workspace for a while."""
    return not seat.is_taken and not (  # type: ignore[attr-defined]
        seat.workspace_id is None and seat.ready_at is None
    )


def _is_whole(workspace: Workspace | None) -> bool:
    return workspace is not None and workspace.state in FREE_STATES


def _seats_add(workshop: Workshop, wanted: Iterable[Workspace], seats: Iterable[Seat]) -> None:
    """With the number that stands in the workspace's name, where that is free."""
    numbers, have = {seat.number for seat in seats}, {seat.workspace_id for seat in seats}
    now = timezone.now()
    for workspace in wanted:
        if workspace.pk in have:
            continue
        number = _number_of(workspace.name)
        if number is None or number in numbers:
            number = max(numbers, default=0) + 1
        numbers.add(number)
        ready_at = now if _is_whole(workspace) else None
        Seat.objects.create(workshop=workshop, number=number, workspace=workspace, ready_at=ready_at)


def _number_of(name: str) -> int | None:
    last = name.rpartition(" ")[2]
    return int(last) if last.isascii() and last.isdecimal() and 0 < len(last) <= 6 else None
