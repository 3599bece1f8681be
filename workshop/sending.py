"""Wakes the worker for one workshop. A lost wake-up is harmless: the round finds whatever is due."""

from __future__ import annotations

from django.db import transaction

from workspaces.models import Workspace


def workshop_send(workshop_id: int) -> None:
    """After commit, have the worker see to all that is due in that workshop."""
    transaction.on_commit(lambda: _workshop_wake(workshop_id), robust=True)


def seat_settled(workspace: Workspace) -> None:
    """Have the worker see to that seat, whose workspace came to rest."""
    from workshop.tasks import seat  # tasks import what sends them

    seat.apply_async((workspace.pk,), retry=False)


def take_home_send(workshop_id: int) -> None:
    """After commit, have the worker mail its participants their links."""
    from workshop.tasks import take_home

    transaction.on_commit(lambda: take_home.apply_async((workshop_id,), retry=False), robust=True)


def _workshop_wake(workshop_id: int) -> None:
    from workshop.tasks import workshop

    workshop.apply_async((workshop_id,), retry=False)
