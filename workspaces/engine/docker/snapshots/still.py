"""How a container stands still for a moment and runs on however that ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import docker
from docker.errors import APIError, NotFound

from workspaces.engine.base import EngineError
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.snapshots.leftovers import LABEL_FREEZES, labels, name_of, woken
from workspaces.engine.snapshots import SnapshotSpec

PAUSE_TRIES = 4
PAUSE_EVERY_SECONDS = 0.2
WAKE_TRIES = 5
WAKE_EVERY_SECONDS = 0.5


class Still:
    """`milliseconds`: for which it stood still, known afterwards."""

    milliseconds = 0


@contextmanager
def standing_still(api: docker.APIClient, spec: SnapshotSpec) -> Iterator[Still]:
    """A container that runs does not; it does afterwards. One that is paused or stopped is left so.

    Meanwhile a volume without content says so, by which a worker that died is found out: see `cleared`.
    """
    still = Still()
    if _status(api, spec.container) != "running":
        yield still
        return
    mark = name_of(spec.snapshot, "frozen")
    api.create_volume(mark, labels={**labels(spec), LABEL_FREEZES: spec.container})
    began = time.monotonic()
    try:
        _paused(api, spec.container)
        yield still
    finally:
        _woken_surely(api, spec.container)
        still.milliseconds = round((time.monotonic() - began) * 1000)
        with suppress(EngineError), translate():
            api.remove_volume(mark)


def _paused(api: docker.APIClient, name: str) -> None:
    """On a machine with much to do the kernel may not get all processes to stand still at once ("unable to freeze")."""
    for left in reversed(range(PAUSE_TRIES)):
        try:
            return api.pause(name)
        except APIError:
            if _status(api, name) != "running":  # it has just ended, or somebody was faster
                return None
            if not left:
                raise
        time.sleep(PAUSE_EVERY_SECONDS)
    return None


def _woken_surely(api: docker.APIClient, name: str) -> None:
    """An engine that is away for a moment is asked again: nothing is worse than people's work that stands still."""
    for left in reversed(range(WAKE_TRIES)):
        try:
            with translate():
                woken(api, name)
                return
        except EngineError:
            if not left:
                raise
            time.sleep(WAKE_EVERY_SECONDS)


def _status(api: docker.APIClient, name: str) -> str:
    try:
        return str(api.inspect_container(name)["State"]["Status"])
    except NotFound:
        return ""
