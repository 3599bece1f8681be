"""Programs come back when they end, the sooner the longer they lived, and take all they started with them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest


def is_alive(number: int) -> bool:
    """Whether that process runs; one that is dead and not yet collected does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_person_closed_is_back_at_once(inside: SimpleNamespace) -> None:
    assert inside.session.next_pause(30.0, lived=60.0) == inside.session.FIRST_PAUSE


def test_what_dies_at_once_is_waited_for_longer_and_longer(inside: SimpleNamespace) -> None:
    pauses = [inside.session.FIRST_PAUSE]
    for _ in range(10):
        pauses.append(inside.session.next_pause(pauses[-1], lived=0.1))
    assert pauses == sorted(pauses) and pauses[1] == 2 * pauses[0]
    assert pauses[-1] == inside.session.LONGEST_PAUSE


async def test_a_program_that_is_not_there_ends_nothing(
    inside: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside.session, "FIRST_PAUSE", 0.001)
    tries: list[int] = []

    async def once() -> None:
        tries.append(1)
        if len(tries) == 3:
            raise asyncio.CancelledError
        raise FileNotFoundError("no such program")

    with pytest.raises(asyncio.CancelledError):
        await inside.session.keep_running(once)
    assert len(tries) == 3


async def test_a_program_is_ended_with_all_it_started(inside: SimpleNamespace, tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child; wait"
    async with inside.session.program(["sh", "-c", script], cwd=str(tmp_path)) as process:
        async with asyncio.timeout(5):
            while not (written := tmp_path / "child").exists() or not written.read_text():
                await asyncio.sleep(0.01)
        child = int((tmp_path / "child").read_text())
        assert is_alive(child)
    assert not is_alive(process.pid)
    async with asyncio.timeout(5):
        while is_alive(child):
            await asyncio.sleep(0.01)


async def test_a_program_may_save_before_it_ends_and_has_no_more_than_its_time(
    inside: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside.session, "END_SECONDS", 0.5)
    script = f"trap 'touch {tmp_path}/saved' TERM; touch {tmp_path}/began; while :; do sleep 0.05; done"
    async with inside.session.program(["sh", "-c", script], cwd=str(tmp_path)) as process:
        async with asyncio.timeout(5):
            while not (tmp_path / "began").exists():
                await asyncio.sleep(0.01)
    assert (tmp_path / "saved").exists() and not is_alive(process.pid)


async def test_nothing_of_a_start_before_is_left(
    inside: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, x, rfb = tmp_path / "lock", tmp_path / "x11" / "X1", tmp_path / "rfb"
    monkeypatch.setattr(inside.session, "X_LOCK", lock)
    monkeypatch.setattr(inside.session, "X_SOCKET", x)
    monkeypatch.setattr(inside.session, "RFB_SOCKET", rfb)
    inside.session.stale_remove()
    assert x.parent.is_dir() and x.parent.stat().st_mode & 0o7777 == 0o1777
    for stale in (lock, x, rfb):
        stale.touch()
    inside.session.stale_remove()
    assert not lock.exists() and not x.exists() and not rfb.exists()
