"""The six kinds of error that every layer raises, with a stable code and no HTTP in them.

Each interface (a page, an API dialect, the gateway) has one place that dresses them. Imports nothing of ours.
"""

from __future__ import annotations

from typing import Any


class SpacesError(Exception):
    """Base of every error a user may see.

    `code` is stable and part of the API; `message` is written for a person and may be translated;
    `details` maps a field name to what is wrong with it. `retry_after` is in seconds, where waiting helps.
    """

    kind = "error"
    default_code = "ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = details or {}
        self.retry_after = retry_after


class Invalid(SpacesError):
    """What was asked makes no sense: a missing field, a malformed name."""

    kind = "invalid"
    default_code = "VALIDATION_ERROR"


class Unauthenticated(SpacesError):
    """Nobody, or somebody whose credential does not hold."""

    kind = "unauthenticated"
    default_code = "UNAUTHENTICATED"


class Forbidden(SpacesError):
    """Known, but not allowed: a limit is reached, a role is missing."""

    kind = "forbidden"
    default_code = "FORBIDDEN"


class NotFound(SpacesError):
    """Does not exist, or belongs to somebody else, which must look the same."""

    kind = "not_found"
    default_code = "NOT_FOUND"


class Conflict(SpacesError):
    """Makes sense, but not in the state that things are in."""

    kind = "conflict"
    default_code = "CONFLICT"


class Unavailable(SpacesError):
    """A part the platform needs is away, or the caller asks too often; later it will work."""

    kind = "unavailable"
    default_code = "SERVICE_UNAVAILABLE"


class TooMany(Unavailable):
    """A rate limit was hit; `retry_after` (seconds) is always set."""

    default_code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(message, code=code, retry_after=max(1, retry_after))
