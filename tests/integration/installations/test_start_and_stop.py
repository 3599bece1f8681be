"""The site as processes: it starts, ends at Ctrl-C, and comes back on the same data."""

from __future__ import annotations

import signal
import time

import pytest

from tests.parts import NewPlatform
from tests.waiting import listens

pytestmark = pytest.mark.integration
SECOND_START_SECONDS = 5.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_and_leaves_no_process(new_platform: NewPlatform, number: signal.Signals) -> None:
    site = new_platform()
    site.stop(number)
    assert "Traceback" not in site.log()


def test_a_second_start_serves_within_five_seconds_and_knows_everybody(new_platform: NewPlatform) -> None:
    site = new_platform()
    token = site.token("alice@example.org")
    site.stop()
    before = time.monotonic()
    site.start()
    assert time.monotonic() - before < SECOND_START_SECONDS
    assert site.get("/api/v1/users/me", token=token).status_code == 200


def test_a_killed_site_comes_back(new_platform: NewPlatform) -> None:
    site = new_platform()
    token = site.token("alice@example.org")
    site.kill()
    assert not listens(site.port)
    site.start()
    assert site.get("/api/v1/users/me", token=token).status_code == 200
