"""Answers that are kept for a moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from workspaces.remembering import Remembered


def test_an_answer_is_kept_and_then_made_anew_from_the_one_before() -> None:
    remembered: Remembered[int] = Remembered(0.5)
    assert [remembered.get("a", lambda before: (before or 0) + 1) for _ in range(3)] == [1, 1, 1]
    time.sleep(0.51)  # until it is too old
    assert remembered.get("a", lambda before: (before or 0) + 1) == 2
    assert remembered.get("b", lambda before: (before or 0) + 10) == 10


def test_many_who_ask_at_once_are_one_question() -> None:
    remembered: Remembered[int] = Remembered(60)
    asked, barrier = [], threading.Barrier(16)

    def make(_before: int | None) -> int:
        asked.append(1)
        time.sleep(0.05)  # long enough for all others to come
        return 7

    def ask() -> int:
        barrier.wait()
        return remembered.get("a", make)

    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(ask) for _ in range(16)]
        assert [future.result() for future in futures] == [7] * 16
    assert len(asked) == 1


def test_a_slow_answer_holds_up_no_other_key() -> None:
    remembered: Remembered[str] = Remembered(60)
    go_on, began = threading.Event(), threading.Event()

    def slow(_before: str | None) -> str:
        began.set()
        go_on.wait(10)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(remembered.get, "slow", slow)
        assert began.wait(10)
        assert remembered.get("quick", lambda _before: "quick") == "quick"
        go_on.set()
        assert future.result() == "slow"


def test_a_failure_is_not_kept() -> None:
    remembered: Remembered[int] = Remembered(60)
    with pytest.raises(ZeroDivisionError):
        remembered.get("a", lambda _before: 1 // 0)
    assert remembered.get("a", lambda _before: 1) == 1


def test_it_grows_only_so_far() -> None:
    remembered: Remembered[int] = Remembered(60, most=3)
    for key in range(100):
        remembered.get(key, lambda _before: 1)
    assert len(remembered._answers) == 3
