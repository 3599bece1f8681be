"""GET /api/health: each part down, never a 500, never cached."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spaces_site.api.platform.wire import duration
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.health import SILENCE, heartbeat
from workspaces.models import Heartbeat

HEALTH = "/api/health"


@pytest.fixture
def well(engine: FakeEngine, db: None) -> None:
    heartbeat("worker")


def test_all_is_well(well: None, client: Client) -> None:
    answer = client.get(HEALTH)
    assert answer.status_code == 200
    body = answer.json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert re.fullmatch(r"(\d+d )?(\d+h )?\d+m", body["uptime"])
    assert body == {
        "status": "ok",
        "timestamp": body["timestamp"],
        "version": "0.1.0",
        "uptime": body["uptime"],
        "database": {"state": "ok"},
        "engine": {"state": "ok"},
        "worker": {"state": "ok"},
    }


def down(answer: Any) -> list[str]:
    """Which parts are down in an answer that says so."""
    assert answer.status_code == 503
    body = answer.json()
    assert (body["status"], body["code"]) == ("unavailable", "SERVICE_UNAVAILABLE")
    return [part for part in ("database", "engine", "worker") if body[part] == {"state": "down"}]


def test_an_engine_that_does_not_answer(well: None, client: Client, engine: FakeEngine) -> None:
    assert client.get(HEALTH).status_code == 200
    engine.down = True
    engine_forget()
    assert down(client.get(HEALTH)) == ["engine"]
    engine.down = False
    engine_forget()
    assert client.get(HEALTH).status_code == 200


def test_a_burst_of_questions_asks_the_engine_once(well: None, client: Client, engine: FakeEngine) -> None:
    engine.calls.clear()
    for _time in range(20):
        client.get(HEALTH)
    assert engine.calls.count("info") <= 1


def test_a_worker_that_was_never_there_and_one_that_went_silent(well: None, client: Client) -> None:
    Heartbeat.objects.update(at=timezone.now() - SILENCE - timedelta(seconds=1))
    assert down(client.get(HEALTH)) == ["worker"]
    Heartbeat.objects.all().delete()
    assert down(client.get(HEALTH)) == ["worker"]


@pytest.mark.parametrize("problem", [OperationalError("unable to open"), InterfaceError("connection already closed")])
def test_a_database_that_is_away_is_said_also_to_one_who_is_signed_in(
    problem: Exception, well: None, alice: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    engine_forget()

    def away(*args: Any, **options: Any) -> Any:
        raise problem

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.utils.CursorWrapper.execute", away)
        assert down(client.get(HEALTH)) == ["database", "worker"]


def test_it_is_public_and_takes_no_notice_of_a_wrong_token(well: None, client: Client) -> None:
    assert client.get(f"{HEALTH}?key=wrong", headers={"authorization": "wrong"}).status_code == 200


def test_no_cache_keeps_it(well: None, client: Client) -> None:
    headers = client.get(HEALTH).headers
    assert "no-store" in headers["Cache-Control"] and headers["X-Request-ID"]


def test_only_reading_is_offered(well: None, client: Client) -> None:
    assert client.head(HEALTH).status_code == 200
    answer = client.post(HEALTH)
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0m"), (59.9, "0m"), (60, "1m"), (3600, "1h 0m"), (86400, "1d 0h 0m"), (224520, "2d 14h 22m")],
)
def test_how_long_it_runs_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
