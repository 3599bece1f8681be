"""Listens to the engine and keeps rows true between two sweeps. Runs as a thread of the worker."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.db import close_old_connections
from django.utils import timezone

from workspaces import live
from workspaces.engine import get_engine
from workspaces.engine.base import Engine, EngineError, EngineEvent, EngineUnavailable
from workspaces.engine_state import engine_forget
from workspaces.image_builds import images_send
from workspaces.observe import observe
from workspaces.out_of_memory import out_of_memory_note
from workspaces.sweep import sweep_quietly

RECONNECT_SECONDS = 0.5
LOOK_BACK = timedelta(minutes=1)
"""What happened so shortly before may have been missed: by a worker that was just ending, or between two streams."""

log = logging.getLogger(__name__)


class EngineWatch(threading.Thread):
    """Until `stop()`: whenever the engine is reached, reconcile all rows, ask for missing images, follow its events."""

    def __init__(self) -> None:
        super().__init__(name="engine-watch", daemon=True)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End at the next event, or with the process."""
        self._stopping.set()

    def run(self) -> None:
        was_away = False
        while not self._stopping.is_set():
            try:
                self._follow(was_away)
            except EngineUnavailable:
                if not was_away:
                    log.warning("the engine does not answer; waiting for it")
                was_away = True
                self._tell()
            except Exception:
                log.exception("following the engine")
            close_old_connections()
            self._stopping.wait(RECONNECT_SECONDS)

    def _follow(self, was_away: bool) -> None:
        engine = get_engine()
        engine.info()
        since = timezone.now() - LOOK_BACK
        if was_away:
            log.warning("the engine is back")
            self._tell()
        sweep_quietly(engine)
        images_send()
        for event in engine.events(self._stopping.is_set, since):
            try:
                self._take(event, engine)
            except EngineUnavailable:
                raise
            except EngineError:
                log.exception("looking at %s after %s", event.name, event.action)

    @staticmethod
    def _take(event: EngineEvent, engine: Engine) -> None:
        """Where the container ended of it too, that is an event of its own."""
        if event.action == "oom":
            out_of_memory_note(event.workspace, event.at)
        else:
            observe(event.workspace, engine)

    @staticmethod
    def _tell() -> None:
        engine_forget()
        live.platform_changed("engine")
