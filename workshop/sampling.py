"""What seats use and how their commands go, sampled while somebody looks at the leader's page, and not otherwise.

The page's own refresh says that somebody looks. One round at a time for a workshop, however many look at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from spaces_site.errors import Unavailable
from workshop.marks import failing_in
from workshop.models import Claim, Seat, Workshop
from workspaces.engine.base import Engine, EngineError
from workspaces.live import STAFF_GROUP, tell_after_commit, user_group
from workspaces.models import Workspace
from workspaces.services.waiting import connection_give_back
from workspaces.states import State
from workspaces.stats.sampling import sampled

EVERY_SECONDS = 10
COMMANDS_EVERY_SECONDS = 30
LONGEST_ROUND_SECONDS = 60
AT_ONCE = 6
"""Seats that are looked at side by side."""
COMMANDS_FILE = "/tmp/.spaces-commands"  # noqa: S108  # the shells of a workspace write it, see images/base/home/.bashrc
COMMANDS_BYTES = 400
COMMANDS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """One seat to be looked at. `reads_commands`: also at how the commands went there."""

    seat: Seat
    workspace: Workspace
    reads_commands: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What there was to be seen; None where it could not be."""

    cpu_percent: float | None
    memory_bytes: int | None
    failing: int | None


def watched(workshop: Workshop) -> None:
    """Somebody looks at the page: afterwards a round is on its way, unless one was within ten seconds."""
    if cache.add(f"workshop.watched:{workshop.pk}", 1, EVERY_SECONDS):
        _send(workshop.pk)


def sample(workshop_id: int, engine: Engine) -> int:
    """The figures of its seats are those of now; how many were looked at. One that cannot be looked at has none.

    Twice, late, for a workshop that is gone: each is fine. An engine that is away leaves everything as it was.
    """
    busy = f"workshop.sampling:{workshop_id}"
    if not cache.add(busy, 1, LONGEST_ROUND_SECONDS):
        return 0
    try:
        return _round(workshop_id, engine)
    finally:
        cache.delete(busy)


def _round(workshop_id: int, engine: Engine) -> int:
    looks = _looks(workshop_id)
    connection_give_back()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="seats") as threads:  # no thread of these needs the database
        found = list(threads.map(lambda look: _look(look, engine), looks))
    seen = {look.seat.pk: (look.workspace.pk, one) for look, one in zip(looks, found, strict=True) if one is not None}
    if looks and not seen:
        return 0
    _write(workshop_id, seen, timezone.now())
    return len(seen)


def _looks(workshop_id: int) -> list[Look]:
    seats = Seat.objects.filter(workshop=workshop_id, workspace__state=State.RUNNING).select_related("workspace__kind")
    claimed = set(_claimed(workshop_id))
    commands_are_due = bool(claimed) and cache.add(f"workshop.commands:{workshop_id}", 1, COMMANDS_EVERY_SECONDS)
    return [
        Look(seat, seat.workspace, commands_are_due and seat.pk in claimed and has_shells(seat.workspace))
        for seat in seats
        if seat.workspace is not None
    ]


def has_shells(workspace: Workspace) -> bool:
    """Whether people work with commands there: on a desktop only where it offers them, and how one went that somebody
    tried on the side says nothing of how they get on."""
    return not workspace.kind.frame or workspace.desktop_menu


def _claimed(workshop_id: int) -> list[int | None]:
    active = Claim.objects.filter(workshop=workshop_id, state=Claim.State.ACTIVE)
    return list(active.values_list("seat_id", flat=True))


def _look(look: Look, engine: Engine) -> Seen | None:
    """None while the engine is away."""
    try:
        stats = sampled(look.workspace)
    except Unavailable:
        return None
    failing = _failing(look.workspace, engine) if look.reads_commands else None
    return Seen(stats.cpu_percent, stats.memory_usage_bytes, failing)


def _failing(workspace: Workspace, engine: Engine) -> int | None:
    """None when that cannot be told. A shell that nobody has used has written nothing, and so has failed at nothing."""
    argv = ("tail", "-c", str(COMMANDS_BYTES), COMMANDS_FILE)
    try:
        printed = engine.exec(
            workspace.engine_name, argv, timeout_seconds=COMMANDS_SECONDS, max_bytes=COMMANDS_BYTES
        )
    except EngineError:  # it was paused or stopped just now
        return None
    return None if printed.timed_out else failing_in(printed.stdout)


def _write(workshop_id: int, seen: Mapping[int, tuple[int, Seen]], now: datetime) -> None:
    """In one statement. A seat that has got another workspace meanwhile is not what was looked at."""
    with transaction.atomic():
        claimed = set(_claimed(workshop_id))
        changed = []
        for seat in Seat.objects.filter(workshop=workshop_id):
            workspace_id, found = seen.get(seat.pk, (None, None))
            if found is not None and seat.workspace_id == workspace_id:
                seat.cpu_percent, seat.memory_bytes, seat.sampled_at = found.cpu_percent, found.memory_bytes, now
                seat.failing = seat.failing if found.failing is None else found.failing
            else:
                seat.cpu_percent = seat.memory_bytes = None
            if seat.pk not in claimed:
                seat.failing = 0
            changed.append(seat)
        Seat.objects.bulk_update(changed, ["cpu_percent", "memory_bytes", "failing", "sampled_at"])
        owner = Workshop.objects.filter(pk=workshop_id).values_list("owner_id", "slug").first()
        if owner is not None:
            tell_after_commit([user_group(owner[0]), STAFF_GROUP], {"type": "figures", "id": owner[1]})


def _send(workshop_id: int) -> None:
    from workshop.tasks import sample as task  # tasks import what sends them

    transaction.on_commit(lambda: task.apply_async((workshop_id,), retry=False, expires=EVERY_SECONDS), robust=True)
