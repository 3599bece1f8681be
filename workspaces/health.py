"""How the platform's parts are: the database, the engine, the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import Error
from django.utils import timezone

from workspaces.engine_state import engine_info
from workspaces.models import Heartbeat

SILENCE = timedelta(seconds=45)
"""A worker that said nothing for so long counts as away; it speaks every ten seconds."""


@dataclass(frozen=True, slots=True)
class Health:
    """Each part is "ok" or "down"."""

    database: str
    engine: str
    worker: str

    @property
    def is_ok(self) -> bool:
        return self.database == self.engine == self.worker == "ok"


def heartbeat(name: str) -> None:
    """Note that `name` is alive now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def health() -> Health:
    """The parts as they are now, the engine as of at most two seconds ago. Raises nothing."""
    try:
        alive = Heartbeat.objects.filter(name="worker", at__gt=timezone.now() - SILENCE).exists()
    except Error:
        return Health("down", _engine(), "down")
    return Health("ok", _engine(), "ok" if alive else "down")


def _engine() -> str:
    return "ok" if engine_info(max_age_seconds=2) else "down"
