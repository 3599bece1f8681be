"""Runs one thing in many threads at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def race(contenders: int, action: Callable[[int], Any]) -> list[Any]:
    """What `action(n)` returned or raised, for each contender."""
    gate = threading.Barrier(contenders)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return action(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(contenders) as pool:
        return list(pool.map(run, range(contenders)))
