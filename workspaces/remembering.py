"""Answers that are kept for a moment, so that however many ask at once, one question is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class _Answer(Generic[V]):
    at: float = float("-inf")
    value: V | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Remembered(Generic[V]):
    """Keeps an answer per key for `seconds`, in this process; of more than `most` keys the oldest are forgotten."""

    def __init__(self, seconds: float, most: int = 1000) -> None:
        self.seconds = seconds
        self.most = most
        self._answers: dict[Hashable, _Answer[V]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[V | None], V]) -> V:
        """The answer to `key`: a kept one that is young enough, else what `make` says now.

        `make` is given the answer before, or None. It runs once at a time for a key, and who asks meanwhile waits for
        it and has the same. What it raises is not kept, so a `make` that may be slow to fail should return instead.
        """
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            while len(self._answers) > self.most:
                del self._answers[next(iter(self._answers))]
        with answer.lock:
            if answer.value is None or time.monotonic() - answer.at > self.seconds:
                answer.value = make(answer.value)
                answer.at = time.monotonic()
            return answer.value

    def forget(self) -> None:
        """Ask anew at the next question."""
        with self._lock:
            self._answers.clear()
