"""When something happens to a workshop by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from workshop.models import Workshop

OVERTIME = timedelta(hours=1)
"""So long after its closing time a workshop ends by itself; until then those who have a seat may finish."""


def ends_at(workshop: Workshop) -> datetime | None:
    """When it ends by itself; None for whenever its leader says so. Its seats are not put to rest before that: a class
    is at its seats also while laptops sleep in a break."""
    return workshop.closes_at + OVERTIME if workshop.closes_at else None
