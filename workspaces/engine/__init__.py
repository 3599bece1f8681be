"""What runs containers. `get_engine()` is the only way the rest of the platform comes by one."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from workspaces.engine.base import Engine


@cache
def get_engine() -> Engine:
    """The engine that `settings.ENGINE` names, one per process. Makes no connection yet."""
    engine: Engine = import_string(settings.ENGINE)()
    return engine
