"""What the worker does for workshops: one line each. Arguments are ids; a task may run twice, late, or never."""

from __future__ import annotations

from celery import shared_task

from workshop import pushing, rehearsing, sampling
from workshop import round as rounds
from workshop.services import taking_home
from workspaces.engine import get_engine


@shared_task(name="workshop.round")
def round() -> None:
    """Open, fill, warm, assign, take back, end and clean, wherever that is due."""
    rounds.workshops_round()


@shared_task(name="workshop.sample")
def sample(workshop_id: int) -> None:
    """Look at what the seats of one workshop use."""
    sampling.sample(workshop_id, get_engine())


@shared_task(name="workshop.push_result")
def push_result(result_id: int) -> None:
    """Push to one seat."""
    pushing.result_perform(result_id)


@shared_task(name="workshop.workshop")
def workshop(workshop_id: int) -> None:
    """The round for one workshop."""
    rounds.workshop_look(workshop_id)


@shared_task(name="workshop.seat")
def seat(workspace_id: int) -> None:
    """See to the seat whose workspace came to rest."""
    rounds.seat_look(workspace_id)


@shared_task(name="workshop.take_home")
def take_home(workshop_id: int) -> None:
    """Mail the participants of one workshop the links to their work."""
    taking_home.take_home_mail(workshop_id)


@shared_task(name="workshop.rehearsal_step")
def rehearsal_step(rehearsal_id: int, token: str) -> None:
    """Make one step of a rehearsal."""
    rehearsing.rehearsal_step(rehearsal_id, token)


@shared_task(name="workshop.resend")
def resend() -> None:
    """Wake workers for pushes and rehearsals that nobody is at."""
    pushing.pushes_resend()
    rehearsing.rehearsals_resend()
