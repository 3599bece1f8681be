"""A worker's hold on one workspace: a column that expires, so that a killed worker holds nothing for long.

The row stays writable meanwhile; a lease only keeps two workers from working on the same container at once.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from workspaces.models import Workspace

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 10.0

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews all leases of this process from one thread, which lives only while there are any."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, owner: str) -> None:
        with self._lock:
            self._held.add(owner)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
                self._thread.start()

    def discard(self, owner: str) -> None:
        with self._lock:
            self._held.discard(owner)

    def _run(self) -> None:
        wake = threading.Event()
        while True:
            wake.wait(RENEW_SECONDS)
            with self._lock:
                held = list(self._held)
                if not held:
                    self._thread = None
                    connection.close()
                    return
            try:
                _renew(held)
            except Exception:  # whatever it is, a keeper that ended would let two workers at one workspace
                log.exception("leases could not be renewed")


def _renew(owners: list[str]) -> None:
    close_old_connections()  # this thread has no requests or tasks, after which Django would replace a broken one
    Workspace.objects.filter(lease_owner__in=owners).update(lease_until=timezone.now() + LEASE)


_keeper = LeaseKeeper()


def free_now() -> Q:
    """Condition: nobody holds the workspace."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now())


@contextmanager
def lease(workspace_id: int) -> Iterator[bool]:
    """Hold the workspace for the block; yields false when somebody else does. Renewed until the block ends."""
    owner = uuid.uuid4().hex
    taken = Workspace.objects.filter(free_now(), pk=workspace_id).update(
        lease_owner=owner, lease_until=timezone.now() + LEASE
    )
    if not taken:
        yield False
        return
    _keeper.add(owner)
    try:
        yield True
    finally:
        _keeper.discard(owner)
        Workspace.objects.filter(pk=workspace_id, lease_owner=owner).update(lease_owner="", lease_until=None)


def leases_void() -> None:
    """Free every workspace; for the start of the only worker there is, when nothing can be at work."""
    Workspace.objects.exclude(lease_until=None).update(lease_owner="", lease_until=None)
