"""How far images are, in rows that pages can show; the building itself is `workspaces.images`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from workspaces import live
from workspaces.engine.base import BuildProgress, Engine, EngineError, EngineUnavailable
from workspaces.images import image_ensure, image_ref
from workspaces.models import ImageBuild, Kind, Operation
from workspaces.problems import Failed, NotYet
from workspaces.sending import wake
from workspaces.states import OPEN_OPERATIONS, Step

GUARD_IMAGE = "spaces/netguard"
"""Image of the network guard, without which no workspace starts."""
HELPER_IMAGE = "spaces/helper"
"""Image of the helpers beside workspaces: for files, and for git."""
LOOK_AGAIN_SECONDS = 1.0
FAILURE_COUNTS_FOR = timedelta(minutes=1)
"""For so long after a failed build, workspaces that need the image fail at once; later it is tried again."""
BUILDER_SILENCE = timedelta(minutes=35)
"""A build that noted nothing for so long has lost its worker; longer than the engine's own limit for one step."""
NOTE_SECONDS = 0.5

log = logging.getLogger(__name__)


def image_wanted(ref: str, engine: Engine, report: Callable[[int, str], None]) -> str:
    """The tag to make a container of. Raises `NotYet` while it is built, which this asks for, or `Failed`."""
    tag = image_ref(ref)
    if engine.image_exists(tag):
        return tag
    build, _made = ImageBuild.objects.get_or_create(ref=ref)
    if build.state == ImageBuild.State.FAILED and timezone.now() - build.updated_at < FAILURE_COUNTS_FOR:
        raise Failed("IMAGE_FAILED", build.error)
    report(build.percent, build.step)
    if build.state != ImageBuild.State.BUILDING or timezone.now() - build.updated_at > BUILDER_SILENCE:
        image_send(ref)
    raise NotYet(LOOK_AGAIN_SECONDS)


def image_send(ref: str) -> None:
    """Ask a worker to build or pull the image; one that is at it already makes this do nothing."""
    from workspaces.tasks import image_make  # tasks import what sends them

    image_make.apply_async((ref,), retry=False)


def images_send() -> None:
    """Ask for all images that the offered kinds need, and first for those that all need, which are small."""
    for ref in dict.fromkeys(
        [GUARD_IMAGE, HELPER_IMAGE, *Kind.objects.filter(enabled=True).values_list("image", flat=True)]
    ):
        ImageBuild.objects.get_or_create(ref=ref)
        image_send(ref)


def image_build(ref: str, engine: Engine) -> bool:
    """Afterwards the image is there and its row says ready, or failed and why. False when another worker is at it.

    Raises `EngineUnavailable`, after putting the row back to waiting.
    """
    ImageBuild.objects.get_or_create(ref=ref)
    if engine.image_exists(tag := image_ref(ref)):
        _finish(ref, ImageBuild.State.READY, percent=100, tag=tag)
        return True
    idle = ~Q(state=ImageBuild.State.BUILDING) | Q(updated_at__lt=timezone.now() - BUILDER_SILENCE)
    if not ImageBuild.objects.filter(idle, ref=ref).update(
        state=ImageBuild.State.BUILDING, percent=0, step="", error="", updated_at=timezone.now()
    ):
        return False
    live.platform_changed("images")
    try:
        tag = image_ensure(engine, ref, _Noter(ref))
    except EngineUnavailable:
        _finish(ref, ImageBuild.State.WAITING)
        raise
    except Exception as problem:
        if not isinstance(problem, EngineError):
            log.exception("building %s", ref)
        _finish(ref, ImageBuild.State.FAILED, error=str(problem))
        return True
    _finish(ref, ImageBuild.State.READY, percent=100, tag=tag)
    for operation in Operation.objects.filter(state__in=OPEN_OPERATIONS, step=Step.IMAGE):
        wake(str(operation.pk))
    return True


def builds_void() -> None:
    """Nothing is being built; for the start of the only worker there is."""
    ImageBuild.objects.filter(state=ImageBuild.State.BUILDING).update(state=ImageBuild.State.WAITING)


def _finish(ref: str, state: ImageBuild.State, **fields: object) -> None:
    ImageBuild.objects.filter(ref=ref).update(state=state, updated_at=timezone.now(), **fields)
    live.platform_changed("images")


class _Noter:
    """Writes progress to the row, at most twice a second: a build speaks in thousands of lines."""

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self.noted_at = 0.0
        self.told = ""

    def __call__(self, progress: BuildProgress) -> None:
        if progress.step != self.told:
            self.told = progress.step
            log.info("image %s: %d %%, %s", self.ref, progress.percent, progress.step)
        if time.monotonic() - self.noted_at < NOTE_SECONDS:
            return
        self.noted_at = time.monotonic()
        ImageBuild.objects.filter(ref=self.ref).update(
            percent=min(99, progress.percent), step=progress.step[:300], updated_at=timezone.now()
        )
        live.platform_changed("images")
