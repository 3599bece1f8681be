"""Whether the machine has the memory that the seats of a workshop may want together: said, never refused."""

from __future__ import annotations

from django.utils.translation import gettext as _

from workshop.models import Workshop
from workspaces.engine_state import engine_info

MIB = 1024**2


def memory_warning(workshop: Workshop) -> str:
    """One sentence for who leads it; "" when all fit, or nobody knows."""
    info, each = engine_info(), _each_mb(workshop)
    seats = max(workshop.seats_wanted, workshop.seats_most)
    if info is None or not each or seats * each * MIB <= info.memory_bytes:
        return ""
    return _(
        "%(seats)d seats of %(each)d MB may want %(all).1f GB, and the machine has %(has).1f GB. That goes well as "
        "long as most of them use less: rehearse it."
    ) % {
        "seats": seats,
        "each": each,
        "all": seats * each / 1024,
        "has": info.memory_bytes / 1024**3,
    }


def _each_mb(workshop: Workshop) -> int:
    if workshop.memory_mb:
        return workshop.memory_mb
    columns = workshop.snapshot.columns if workshop.snapshot else {}
    return int(columns.get("memory_mb") or (workshop.source.memory_mb if workshop.source else 0))
