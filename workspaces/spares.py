"""Networks made in advance, while nothing else is to do, for workspaces to come.

Making one costs the engine a tenth of a second of CPU, which those who start many at once would wait for. Names on the
engine follow from a workspace's id; so an id is chosen beforehand, and a new workspace takes id and network over.
"""

from __future__ import annotations

import logging

from django.conf import settings

from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, Engine, EngineError, NetworkMode
from workspaces.image_builds import GUARD_IMAGE
from workspaces.images import image_ref
from workspaces.models import Operation, Spare
from workspaces.states import OPEN_OPERATIONS

MODE: NetworkMode = "internet"
"""The mode of spare networks: nearly all workspaces have it."""

log = logging.getLogger(__name__)


def spare_take(network_mode: str) -> str:
    """An id that has its network already, nobody else's from now on; "" when there is none for that mode.

    In the caller's transaction: what is rolled back is a spare again.
    """
    if network_mode != MODE:
        return ""
    for spare in Spare.objects.filter(ready=True).order_by("pk"):
        if Spare.objects.filter(pk=spare.pk).delete()[0]:  # of two that want the same one wins
            return spare.public_id
    return ""


def spares_fill(engine: Engine) -> int:
    """There are as many spare networks as the setting says, unless work came in between; how many were made.

    What is too many is given up, and its network removed by the sweep. An engine that is away is no error.
    """
    made = 0
    wanted = settings.SPARE_NETWORKS
    kept = list(Spare.objects.order_by("pk").values_list("pk", flat=True)[:wanted])
    Spare.objects.exclude(pk__in=kept).delete()
    try:
        while not _is_busy() and (spare := _unfinished(wanted)) is not None:
            labels = {LABEL_INSTANCE: settings.INSTANCE, LABEL_WORKSPACE: spare.public_id}
            if not made:
                engine.prepare(image_ref(GUARD_IMAGE))
            engine.ensure_network(f"spaces-{spare.public_id}", labels, MODE)
            made += Spare.objects.filter(pk=spare.pk).update(ready=True)
    except EngineError as problem:
        log.debug("no spare networks for now: %s", problem)
    return made


def _unfinished(wanted: int) -> Spare | None:
    """The next one to make: one that was begun before, or a new one; None when there are enough."""
    begun = Spare.objects.filter(ready=False).first()
    if begun is None and Spare.objects.count() < wanted:
        begun = Spare.objects.create()
    return begun


def _is_busy() -> bool:
    return Operation.objects.filter(state__in=OPEN_OPERATIONS).exists()
