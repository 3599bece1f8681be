"""Makes a container as large as its row says."""

from __future__ import annotations

import logging

from workspaces.engine.base import ContainerMissing, Engine, EngineError, EngineUnavailable
from workspaces.models import Workspace

ROUNDS = 5
"""In which somebody may change the row again and again meanwhile."""

log = logging.getLogger(__name__)


def resize(public_id: str, engine: Engine) -> None:
    """Afterwards the container has the limits of its row. Twice, late, and one that has no container are fine: that is
    made by its row. Raises `EngineUnavailable`."""
    done = None
    for _round in range(ROUNDS):
        wanted = Workspace.objects.filter(public_id=public_id).values_list("memory_mb", "cpus").first()
        if wanted is None or wanted == done:
            return
        memory_mb, cpus = wanted
        try:
            engine.resize(f"spaces-{public_id}", memory_mb=memory_mb, cpus=cpus)
        except ContainerMissing:
            return
        except EngineUnavailable:
            raise
        except EngineError:  # the row stands: the next container is made by it
            log.exception("resizing %s", public_id)
            return
        done = wanted
