"""The Celery application: `celery -A spaces_site worker -B` in production, a thread of the site otherwise."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")

app = Celery("spaces")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def begin(*_args: Any, **_kwargs: Any) -> None:
    """A worker that is up says so and follows the engine."""
    from workspaces.health import heartbeat
    from workspaces.watch import EngineWatch

    app.engine_watch = EngineWatch()
    app.engine_watch.start()
    heartbeat("worker")


@worker_shutting_down.connect
def end(**_kwargs: Any) -> None:
    """No new events are looked at while the worker ends."""
    if watch := getattr(app, "engine_watch", None):
        watch.stop()
