"""What the worker does for workshops: one line each. Arguments are ids; a task may run twice, late, or never."""

from __future__ import annotations

from celery import shared_task

from workshop import round as rounds
from workshop import sampling
from workspaces.engine import get_engine


@shared_task(name="workshop.round")
def round() -> None:
    """Open, fill, warm, assign, take back, end and clean, wherever that is due."""
    rounds.workshops_round()


@shared_task(name="workshop.sample")
def sample(workshop_id: int) -> None:
    """Look at what the seats of one workshop use."""
    sampling.sample(workshop_id, get_engine())
