"""What pages say of a workspace that nobody uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import ngettext

from workspaces.idle import UNUSED_CODE, idle_of, pause_after, span_words, stop_after
from workspaces.models import Workspace
from workspaces.states import State

register = template.Library()


@dataclass(frozen=True, slots=True)
class ShownIdle:
    """`warning`: that it pauses soon, "" when it does not. `stops_at`: when a paused one is stopped, if ever.

    `pauses_after`, `stops_after`: unused for how long, "" for never. `awake_until`: None when it is not kept awake.
    `was_unused`: that is why it is paused.
    """

    warning: str
    stops_at: datetime | None
    pauses_after: str
    stops_after: str
    awake_until: datetime | None
    was_unused: bool


@register.filter
def idle(workspace: Workspace) -> ShownIdle:
    """Asks the database nothing."""
    now = timezone.now()
    found = idle_of(workspace, now)
    pause, stop, awake = pause_after(workspace), stop_after(workspace), workspace.keep_awake_until
    is_paused = workspace.state == State.PAUSED
    return ShownIdle(
        warning=_warning(found.minutes_left(now)) if found.warns(now) else "",
        stops_at=found.stops_at if is_paused else None,
        pauses_after=span_words(pause) if pause else "",
        stops_after=span_words(max(pause, stop)) if stop and pause else "",
        awake_until=awake if awake and awake > now else None,
        was_unused=is_paused and workspace.error_code == UNUSED_CODE,
    )


def _warning(minutes: int) -> str:
    text = ngettext(
        "It pauses in %(n)d minute, since nobody uses it.", "It pauses in %(n)d minutes, since nobody uses it.", minutes
    )
    return text % {"n": minutes}
