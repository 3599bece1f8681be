"""What the health answer looks like when all is well, and when something is not."""

from drf_spectacular.utils import OpenApiExample

_WELL = {
    "status": "ok",
    "timestamp": "2026-01-01T00:00:00.000Z",
    "version": "0.1.0",
    "uptime": "2d 14h 22m",
    "database": {"state": "ok"},
    "engine": {"state": "ok"},
    "worker": {"state": "ok"},
}
_ENGINE_DOWN = _WELL | {"status": "unavailable", "engine": {"state": "down"}, "code": "SERVICE_UNAVAILABLE"}
HEALTH = [
    OpenApiExample("All is well", _WELL, response_only=True, status_codes=[200]),
    OpenApiExample("The engine is down", _ENGINE_DOWN, response_only=True, status_codes=[503]),
]
