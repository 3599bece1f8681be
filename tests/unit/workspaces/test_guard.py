"""No workspace starts while the network guard has not set its rules, whatever the engine says of its container."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from docker.errors import NotFound

from workspaces.engine.base import EngineUnavailable
from workspaces.engine.docker import guard
from workspaces.engine.docker.networks import DockerNetworks

IMAGE = "spaces/netguard:1"


class Engine:
    """As much of an engine's API as a guard needs. `log`: what its container has printed so far."""

    def __init__(self, started_at: str = "", log: str = "") -> None:
        self.started_at, self.log, self.asked_for_log = started_at, log, 0
        self.made: dict[str, Any] = {}
        self.log_when_started = ""

    def inspect_container(self, name: str) -> dict[str, Any]:
        if not self.started_at:
            raise NotFound("no such container")
        return {"State": {"Running": True, "StartedAt": self.started_at}, "Config": {"Image": IMAGE}}

    def logs(self, name: str, **options: Any) -> bytes:
        self.asked_for_log += 1
        return self.log.encode()

    def create_host_config(self, **options: Any) -> dict[str, Any]:
        return options

    def create_container(self, image: str, **options: Any) -> None:
        self.made = options

    def start(self, name: str) -> None:
        self.started_at, self.log = "2026-01-02T03:00:00.100000001Z", self.log_when_started


def engine_with(api: Engine) -> DockerNetworks:
    engine = DockerNetworks()
    engine.client = SimpleNamespace(api=api)  # type: ignore[assignment]
    return engine


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "GUARD_SECONDS", 0.2)


@pytest.mark.parametrize(
    "log",
    ["2026-01-02T03:00:00.2Z netguard: the rules were refused\n", "2026-01-01T23:59:59.2Z netguard: ready\n"],
    ids=["it fails and is restarted for ever", "it was ready before the machine was restarted"],
)
def test_a_guard_that_runs_and_has_set_no_rules_guards_nothing(log: str) -> None:
    with pytest.raises(EngineUnavailable, match="guard"):
        engine_with(Engine("2026-01-02T03:00:00.1Z", log)).prepare(IMAGE)


def test_one_that_is_ready_is_asked_for_its_log_once() -> None:
    api = Engine("2026-01-02T03:00:00.100000001Z", "2026-01-02T03:00:00.200000001Z netguard: ready\n")
    engine = engine_with(api)
    for _ in range(3):
        engine.prepare(IMAGE)
    assert api.asked_for_log == 1
    api.started_at = "2026-01-02T04:00:00.1Z"
    with pytest.raises(EngineUnavailable):
        engine.prepare(IMAGE)


def test_a_new_one_is_waited_for_and_told_all_that_stays_blocked(settings: Any) -> None:
    api = Engine()
    api.log_when_started = "2026-01-02T03:00:00.200000001Z netguard: ready\n"
    engine_with(api).prepare(IMAGE)
    blocked = api.made["environment"]["SPACES_LAN_BLOCKED_CIDRS"].split()
    assert {"168.63.129.16/32", "100.100.100.200/32", "169.254.0.0/16", str(settings.NETWORK_POOL)} <= set(blocked)


@pytest.mark.parametrize(
    ("mode", "blocked", "asked"),
    [
        ("internet", ["10.0.0.0/8", "192.168.7.0/24", "169.254.0.0/16"], []),
        ("internet", ["0.0.0.0/0", "8.8.8.0/24", "10.0.0.0/8"], ["0.0.0.0/0", "8.8.8.0/24"]),
        ("internet", ["172.0.0.0/8"], ["172.0.0.0/8"]),
        ("lan", ["10.0.0.0/8", "169.254.7.0/24"], ["10.0.0.0/8"]),
    ],
)
def test_the_guard_is_not_asked_for_what_it_keeps_from_everybody(
    mode: Any, blocked: list[str], asked: list[str]
) -> None:
    assert guard.beyond_floor(blocked, mode) == asked


def test_both_floors_are_those_of_the_guard_itself() -> None:
    script = (Path(settings.SPACES_IMAGES_DIR) / "netguard" / "netguard.sh").read_text()
    assert f'"${{SPACES_BLOCKED_CIDRS:={guard.INTERNET_BLOCKED}}}"' in script
    assert f'"${{SPACES_LAN_BLOCKED_CIDRS:={guard.LAN_BLOCKED}}}"' in script
