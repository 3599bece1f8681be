"""The shape of the health answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from spaces_site.api.spaces.wire import time_out
from workspaces.health import Health


class PartOut(TypedDict):
    state: str


class HealthOut(TypedDict):
    status: str
    timestamp: str
    version: str
    uptime: str
    database: PartOut
    engine: PartOut
    worker: PartOut
    code: NotRequired[str]


def health_out(seen: Health, now: datetime, version: str, uptime_seconds: float) -> dict[str, Any]:
    """`code` is there only when something is down."""
    body = {
        "status": "ok" if seen.is_ok else "unavailable",
        "timestamp": time_out(now),
        "version": version,
        "uptime": duration(uptime_seconds),
        "database": {"state": seen.database},
        "engine": {"state": seen.engine},
        "worker": {"state": seen.worker},
    }
    return body if seen.is_ok else {**body, "code": "SERVICE_UNAVAILABLE"}


def duration(seconds: float) -> str:
    """`2d 14h 22m`; what is zero in front is left out."""
    minutes = int(seconds) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days}d"] if days else []
    if days or hours:
        parts.append(f"{hours}h")
    return " ".join([*parts, f"{minutes}m"])
