"""The worker and its clock as threads of the site, for a machine without a broker.

Both speak over Celery's in-memory broker. What that forgets at a crash, the operation rows remember.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from typing import Any

from celery.beat import Scheduler, Service
from celery.worker import WorkController
from django.conf import settings

from spaces_site.celery import app, begin, end
from workspaces import live
from workspaces.image_builds import builds_void
from workspaces.leases import leases_void

log = logging.getLogger(__name__)
LEAVES_WITHIN = 3.0
"""Seconds that work under way has to end by itself when the site does."""


class EmbeddedWorker:
    """Celery's worker and beat in two threads. Only one may exist per database: it takes over all that was begun."""

    def __init__(self) -> None:
        self.worker = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=settings.CELERY_WORKER_CONCURRENCY,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            hostname="embedded",
            quiet=True,
            ready_callback=begin,  # Celery's own command would send the signal that calls it
        )
        self.beat = Service(app, scheduler_cls=Scheduler, max_interval=5)

    def start(self) -> None:
        """Nothing can be at work when the only worker starts, so whatever a killed one held is free."""
        leases_void()
        builds_void()
        for name, target in (("worker", self.worker.start), ("beat", self.beat.start)):
            threading.Thread(target=self._run, args=(name, target), name=name, daemon=True).start()

    def stop(self) -> None:
        """What is under way is left to the next start, which takes it up again; nothing waits for it here."""
        end()
        self.beat.stop()
        self.worker.stop(in_sighandler=True)

    def leave(self) -> None:
        """Python would wait for the pool's threads at its end, and so for an image that is being built, for minutes.

        Call it last: where one is still at it after `LEAVES_WITHIN`, the process ends here.
        """
        pool = getattr(self.worker, "pool", None)  # it has none until it is ready
        if pool is None:
            return
        end = threading.Thread(target=pool.executor.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        end.start()
        end.join(LEAVES_WITHIN)
        if end.is_alive():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)

    @staticmethod
    def _run(name: str, target: Any) -> None:
        try:
            target()
        except Exception:
            log.exception("the %s ended", name)


class LoopAware:
    """ASGI wrapper that tells live updates which loop the server runs on, when the server starts."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            live.use_loop(asyncio.get_running_loop())
        await self.application(scope, receive, send)
