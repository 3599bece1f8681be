"""Where terminals ask the database: threads of their own, so that many who come at once delay no page."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
R = TypeVar("R")

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="terminal")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What `function` returns or raises, run in a thread with a database connection that is known to work."""
    return await database_sync_to_async(function, thread_sensitive=False, executor=_threads)(*args, **kwargs)
