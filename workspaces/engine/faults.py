"""Faults to order, for an engine in memory: errors before or after any call, or the death of the worker at one."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from workspaces.engine.base import EngineUnavailable

Method = TypeVar("Method", bound=Callable[..., Any])


class Killed(BaseException):
    """The worker was killed here. Not an `Exception`, so that nothing which a real kill would skip catches it."""


@dataclass
class Fault:
    """Raise `error` at the next `times` calls of `method` ("*" for any), before or after the call took effect."""

    method: str
    error: BaseException
    times: int = 1
    after: bool = False


class Faulty:
    """Counts calls and has its say before and after each: a fault, a kill at call number so-and-so, no engine."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.forget()

    def forget(self) -> None:
        """No faults, and no calls so far."""
        self.calls: list[str] = []
        self.faults: list[Fault] = []
        self.kill_at: tuple[int, bool] | None = None
        self.down = False
        self.delay_seconds = 0.0

    def fail_as_ordered(self, name: str, number: int, *, after: bool) -> None:
        """Raise what was ordered for this call, if anything was."""
        if self.kill_at == (number, after):
            self.kill_at = None
            raise Killed(f"{'after' if after else 'before'} {name}, call {number}")
        if self.down and not after:
            raise EngineUnavailable("the engine is down, to order")
        for fault in self.faults:
            if fault.times > 0 and fault.after == after and fault.method in ("*", name):
                fault.times -= 1
                raise fault.error


def call(method: Method) -> Method:
    """Count the call, let faults have their say before and after it, and make it one step for other threads."""

    @functools.wraps(method)
    def wrapper(self: Faulty, *args: Any, **kwargs: Any) -> Any:
        if self.delay_seconds:
            time.sleep(self.delay_seconds)  # a slow engine, to order
        with self._lock:
            number = len(self.calls)
            self.calls.append(method.__name__)
            self.fail_as_ordered(method.__name__, number, after=False)
            answer = method(self, *args, **kwargs)
            self.fail_as_ordered(method.__name__, number, after=True)
        return answer

    return wrapper  # type: ignore[return-value]
