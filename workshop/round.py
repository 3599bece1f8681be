"""What workshops do by themselves, every ten seconds. Each step is safe twice, late, and when the one before failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actors import SYSTEM
from spaces_site.errors import SpacesError, Unavailable
from workshop.clearing import cleared, is_cleared
from workshop.live import seat_changed
from workshop.models import Claim, Seat, Workshop
from workshop.selectors import counts
from workshop.services.releasing import claim_release
from workshop.services.seats import seats_fill, seats_warm
from workshop.services.seats.filling import is_to_be_filled, seats_explain, seats_looked
from workshop.services.waiting import waiting_assign
from workshop.services.workshops import workshop_close, workshop_end, workshop_open
from workshop.times import ends_at
from workspaces.states import State as SeatState

State = Workshop.State

log = logging.getLogger(__name__)


def workshops_round() -> None:
    """Afterwards whatever was due has been asked for. What is wrong with one workshop keeps no other from its turn."""
    over = Q(state=State.ENDED)
    for workshop in _with_all().exclude(over & (is_cleared() | Q(at_end=Workshop.AtEnd.KEEP))):
        _look(workshop)


def workshop_look(workshop_id: int) -> None:
    """The same for one workshop; one that is gone is no error."""
    workshop = _with_all().filter(pk=workshop_id).first()
    if workshop is not None:
        _look(workshop)


def seat_look(workspace_id: int) -> None:
    """The same for the seat of a workspace that came to rest just now, so that nobody has to wait for the round."""
    workshop = _with_all().filter(seats__workspace=workspace_id).first()
    if workshop is None or not workshop.owner.is_active:
        return
    seats = list(seats_looked(workshop).filter(workspace=workspace_id))
    for seat in seats:
        seat_changed(workshop, seat.number)
    if workshop.state == State.ENDED:
        return
    failed = any(seat.workspace and seat.workspace.state == SeatState.ERROR for seat in seats)
    _run(workshop, [_fill] if failed else [partial(_warm, seats=seats), _wait])


def _with_all() -> QuerySet[Workshop]:
    return Workshop.objects.select_related("owner", "source", "snapshot", "group")


def _look(workshop: Workshop) -> None:
    if not workshop.owner.is_active:  # a locked account's workspaces are locked with it
        return
    if workshop.state == State.ENDED:
        _run(workshop, [_clear])
    else:
        _run(workshop, [_by_time, _fill, _warm, _wait, _take_back])


def _run(workshop: Workshop, steps: Sequence[Callable[[Workshop], None]]) -> None:
    for step in steps:
        try:
            step(workshop)
        except Unavailable:
            log.info("workshop %s: the engine does not answer", workshop.slug)
        except SpacesError as problem:
            log.warning("workshop %s: %s: %s", workshop.slug, step, problem)
        except Workshop.DoesNotExist:
            return
        except Exception:
            log.exception("workshop %s: %s", workshop.slug, step)


def _by_time(workshop: Workshop) -> None:
    """Open, closed or over, when the time for that has come."""
    now, end = timezone.now(), ends_at(workshop)
    is_over = workshop.closes_at is not None and workshop.closes_at <= now
    if workshop.state == State.DRAFT and workshop.opens_at and workshop.opens_at <= now and not is_over:
        workshop_open(SYSTEM, workshop)
    elif workshop.state != State.DRAFT and end and end <= now:
        workshop_end(SYSTEM, workshop)
    elif workshop.state == State.OPEN and is_over:
        workshop_close(SYSTEM, workshop)
    else:
        return
    workshop.refresh_from_db()


def _fill(workshop: Workshop) -> None:
    seats = list(seats_looked(workshop))
    seats_explain(workshop, seats)
    if is_to_be_filled(workshop, seats):
        seats_fill(workshop)


def _warm(workshop: Workshop, seats: list[Seat] | None = None) -> None:
    seats_warm(workshop, seats)


def _wait(workshop: Workshop) -> None:
    """Who waits gets a seat, or more are made for them."""
    if Claim.objects.filter(workshop=workshop, state=Claim.State.WAITING).exists():
        waiting_assign(workshop)
        _grow(workshop)


def _grow(workshop: Workshop) -> None:
    """More seats while more people wait than there are seats to come, up to the limit."""
    if workshop.state != State.OPEN or workshop.seats_wanted >= workshop.seats_most or workshop.adopts:
        return
    now = counts(workshop)
    more = min(now.waiting - now.free - now.making, workshop.seats_most - workshop.seats_wanted)
    if more <= 0:
        return
    wanted = workshop.seats_wanted + more
    if Workshop.objects.filter(pk=workshop.pk, seats_wanted=workshop.seats_wanted).update(seats_wanted=wanted):
        workshop.seats_wanted = wanted
        seats_fill(workshop)


def _take_back(workshop: Workshop) -> None:
    """Seats that were claimed and not opened for as long as the workshop says."""
    if not workshop.no_show_minutes:
        return
    since = timezone.now() - timedelta(minutes=workshop.no_show_minutes)
    never = Claim.objects.filter(workshop=workshop, state=Claim.State.ACTIVE, opened_at=None, claimed_at__lte=since)
    for claim in never.select_related("workshop"):
        claim_release(SYSTEM, claim, because=Claim.Because.NO_SHOW)


def _clear(workshop: Workshop) -> None:
    cleared(workshop)
