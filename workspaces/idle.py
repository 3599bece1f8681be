"""When a workspace that nobody uses is put to rest. Pure but for the one query that finds whose time may have come.

One that runs is paused, which loses nothing, and only a paused one is stopped. So both times count from its last use,
and one that was paused by somebody stays so for as long as one that was paused by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from workspaces.models import Workspace
from workspaces.reasons import UNUSED
from workspaces.states import OPEN_OPERATIONS, State, Verb

WARNS_BEFORE = timedelta(minutes=10)
"""How long before it is paused those who look at it are told; at most `WARNS_PART` of the whole time."""
WARNS_PART = 4
SHORTEST = timedelta(minutes=2)
"""Pages report a person's use once a minute at most, so that less could not be told from no use."""
UNUSED_CODE = "UNUSED"
"""`error_code` of one that is paused or stopped since nobody used it."""
_CAN_REST = (State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Idle:
    """What will become of a workspace that nobody uses from now on. `pauses_at`, `stops_at`: None for never.

    `warns_at`: from when on people are told that it pauses. `due`: what is to be done to it now, if anything.
    `unused`: for how long it was, by now.
    """

    pauses_at: datetime | None
    stops_at: datetime | None
    warns_at: datetime | None
    due: Verb | None
    unused: timedelta

    def warns(self, now: datetime) -> bool:
        """Whether it is so near to being paused that people are told."""
        return self.warns_at is not None and now >= self.warns_at

    def minutes_left(self, now: datetime) -> int:
        """Until it is paused, begun minutes counted as whole ones; at least 1."""
        return max(1, -((now - self.pauses_at) // timedelta(minutes=1))) if self.pauses_at else 1


def pause_after(workspace: Workspace) -> timedelta:
    """Unused for so long it is paused; zero for never."""
    own = workspace.idle_pause_minutes
    return _minutes(settings.WORKSPACE_TIMEOUT_MINUTES if own is None else own)


def stop_after(workspace: Workspace) -> timedelta:
    """Unused for so long it is stopped, when it is paused; zero for never."""
    own = workspace.idle_stop_minutes
    return _minutes(settings.WORKSPACE_STOP_TIMEOUT_MINUTES if own is None else own)


def _minutes(minutes: int) -> timedelta:
    return max(SHORTEST, timedelta(minutes=minutes)) if minutes else timedelta(0)


def idle_of(workspace: Workspace, now: datetime) -> Idle:
    """What becomes of it at which time. Neither pause nor stop before `keep_awake_until`; of one that is neither
    running nor paused, nothing."""
    pause, stop = pause_after(workspace), stop_after(workspace)
    unused = max(timedelta(0), now - workspace.last_activity_at)
    if workspace.state == State.RUNNING and pause:
        pauses_at = _not_before(workspace, workspace.last_activity_at + pause)
        return Idle(
            pauses_at=pauses_at,
            stops_at=pauses_at + max(stop - pause, timedelta(0)) if stop else None,
            warns_at=pauses_at - min(WARNS_BEFORE, pause / WARNS_PART),
            due=Verb.PAUSE if now >= pauses_at else None,
            unused=unused,
        )
    if workspace.state == State.PAUSED and stop:
        rested = workspace.state_changed_at + max(stop - pause, timedelta(0))
        stops_at = _not_before(workspace, max(workspace.last_activity_at + stop, rested))
        return Idle(None, stops_at, None, Verb.STOP if now >= stops_at else None, unused)
    return Idle(None, None, None, None, unused)


def _not_before(workspace: Workspace, at: datetime) -> datetime:
    return max(at, workspace.keep_awake_until) if workspace.keep_awake_until else at


def idle_candidates(now: datetime) -> QuerySet[Workspace]:
    """Those that may have to be put to rest, or whose people be warned: which, `idle_of` says of each.

    Whatever an operation is at is that operation's.
    """
    unused = Q(last_activity_at__lte=now - timedelta(seconds=30))
    awake = Q(keep_awake_until__gt=now + WARNS_BEFORE)
    busy = Q(operations__state__in=OPEN_OPERATIONS)
    return Workspace.objects.filter(unused, state__in=_CAN_REST).exclude(awake).exclude(busy)


def unused_reason(unused: timedelta) -> str:
    """Why it rests, as its row keeps it."""
    return UNUSED % {"time": span_words(unused)}


def span_words(span: timedelta) -> str:
    """Hours and minutes, in letters that are the same in every language: 2 h, 1 h 30 min, 45 min."""
    hours, minutes = divmod(max(1, span // timedelta(minutes=1)), 60)
    return " ".join(part for part, is_there in ((f"{hours} h", hours), (f"{minutes} min", minutes)) if is_there)
