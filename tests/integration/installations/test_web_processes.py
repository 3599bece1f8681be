"""Several web processes on one port: they answer side by side, are replaced when they die, and end together."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.harness import Platform
from tests.parts import NewPlatform
from tests.waiting import eventually, listens

pytestmark = pytest.mark.integration
COUNT = 2


@pytest.fixture
def site(new_platform: NewPlatform, servers: dict[str, str]) -> Platform:
    return new_platform(servers | {"WEB_PROCESSES": str(COUNT)}, separate_worker=True)


def serving(site: Platform) -> set[int]:
    """The processes below the one that was started, once what it does beside has ended."""
    parent = site.processes[0].pid

    def found() -> set[int]:
        return set(map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()))

    return eventually(lambda: pids if len(pids := found()) == COUNT else set(), f"{COUNT} processes serve", 30)


def test_all_of_them_answer_and_know_the_same_people(site: Platform) -> None:
    pids, token = serving(site), site.token("alice@example.org")

    def busy() -> set[int]:
        """Which of them has used the processor since the last look."""
        for _ in range(20):
            assert site.get("/api/v1/users/me", token=token).status_code == 200
        return {pid for pid in pids if ticks(pid) > before[pid]}

    before = {pid: ticks(pid) for pid in pids}
    eventually(lambda: busy() == pids, "all have answered", 60)


def ticks(pid: int) -> int:
    times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(times[11]) + int(times[12])


def test_one_that_dies_is_replaced_and_the_site_answers_all_the_while(site: Platform) -> None:
    before = serving(site)
    killed = before.pop()
    os.kill(killed, signal.SIGKILL)
    assert site.get("/api/health").status_code == 200
    after = eventually(lambda: pids if (pids := serving(site)) - before - {killed} else set(), "another one", 20)
    assert before < after, "the other one is still there"
    assert "another one takes its place" in site.log()
    assert site.get("/api/health").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_they_end_when_the_first_is_told(site: Platform, number: signal.Signals) -> None:
    pids = serving(site)
    site.stop(number)
    assert not any(map(lives, pids))
    assert "Traceback" not in site.log()
    assert "takes its place" not in site.log()


def test_they_end_when_the_first_is_killed(site: Platform) -> None:
    pids = serving(site)
    os.kill(site.processes[0].pid, signal.SIGKILL)
    site.processes.pop(0).wait()
    eventually(lambda: not any(map(lives, pids)), "no process is left", 10)
    assert not listens(site.port)


def test_one_that_is_stuck_is_ended_all_the_same(site: Platform) -> None:
    pids = serving(site)
    os.kill(min(pids), signal.SIGSTOP)
    begun = time.monotonic()
    site.stop()
    assert time.monotonic() - begun < 15
    assert not any(map(lives, pids))


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
