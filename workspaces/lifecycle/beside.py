"""What goes on beside the main line of an operation: the network that is being made, and others that wait as well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from workspaces.engine.base import ContainerSpec, Engine
from workspaces.image_builds import GUARD_IMAGE
from workspaces.images import image_ref

P = ParamSpec("P")
R = TypeVar("R")

LOOK_SECONDS = 0.005
"""Between two looks whether an app answers, when nobody else waits: short, since it adds itself to every start."""

_threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="beside")
_lock = threading.Lock()
_looking = 0


@contextmanager
def beside(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Iterator[Future[R]]:
    """Run `function`, which must not touch the database, in a thread; it is over when the block is left, however."""
    future = _threads.submit(function, *args, **kwargs)
    try:
        yield future
    finally:
        wait([future])  # else it would go on when somebody else has the lease


def network_ensure(engine: Engine, spec: ContainerSpec, blocked: Sequence[str]) -> None:
    """Afterwards the guard is at work and the network of `spec` exists, from which `blocked` cannot be reached.

    Raises `ImageMissing` for the guard's.
    """
    engine.prepare(image_ref(GUARD_IMAGE))
    engine.ensure_network(spec.name, spec.labels, spec.network_mode, blocked)


@contextmanager
def looking() -> Iterator[Callable[[], None]]:
    """Gives the pause to make between two looks whether an app answers; the engine sends no word of that.

    The more apps are waited for, the longer it is, and for all together too: looking slows down what it looks for.
    """
    global _looking
    with _lock:
        _looking += 1
    try:
        yield lambda: time.sleep(LOOK_SECONDS * _looking**2)
    finally:
        with _lock:
            _looking -= 1
