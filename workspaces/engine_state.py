"""Whether the engine answers, remembered for a moment so that no page and no burst of requests asks it each time."""

from __future__ import annotations

import threading
import time

from django.utils.translation import gettext as _

from spaces_site.errors import Unavailable
from workspaces.engine import get_engine
from workspaces.engine.base import EngineError, EngineInfo

_lock = threading.Lock()
_checked_at = _pinged_at = float("-inf")
_seen: EngineInfo | None = None
_answered = False


def engine_info(max_age_seconds: float = 5.0) -> EngineInfo | None:
    """Who answers, or None when nobody does; asked again when the last answer is older than `max_age_seconds`."""
    global _checked_at, _seen
    with _lock:
        if time.monotonic() - _checked_at > max_age_seconds:
            try:
                _seen = get_engine().info()
            except EngineError:
                _seen = None
            _checked_at = time.monotonic()
        return _seen


def engine_forget() -> None:
    """Ask again at the next question."""
    global _checked_at, _pinged_at
    with _lock:
        _checked_at = _pinged_at = float("-inf")


def engine_require() -> None:
    """Raises `Unavailable` (SERVICE_UNAVAILABLE) when the engine does not answer: better now than to hang later."""
    if not _answers(max_age_seconds=0.5):
        raise Unavailable(
            _("The engine that runs workspaces does not answer. Nothing was changed; try again in a minute."),
            retry_after=30,
        )


def engine_silent() -> Unavailable:
    """The error for a question that the engine did not answer, when nothing was to be changed by it."""
    return Unavailable(_("The engine that runs workspaces does not answer. Try again in a minute."), retry_after=30)


def _answers(max_age_seconds: float) -> bool:
    """Whether the engine answers. Not by `engine_info`, for which it counts all it has and takes ten times as long."""
    global _pinged_at, _answered
    with _lock:
        if time.monotonic() - _pinged_at > max_age_seconds:
            try:
                get_engine().ping()
                _answered = True
            except EngineError:
                _answered = False
            _pinged_at = time.monotonic()
        return _answered
