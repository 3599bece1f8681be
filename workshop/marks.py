"""Who needs a look: marks of a seat, worked out from its rows. Pure: no database, no engine, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workshop.models import Claim, Seat
from workspaces.models import Workspace
from workspaces.states import State

IDLE_AFTER = timedelta(minutes=10)
"""Without any use. Pages report use once a minute."""
QUIET_AFTER = timedelta(minutes=5)
"""Opened for so long, and nothing done in it since."""
BEGINS = timedelta(minutes=1)
"""Opening it counts as use for so long."""
FAILING_FROM = 3
"""Commands that failed one after the other."""
INTERRUPTED = frozenset({130, 148})
"""Exit codes of what somebody ended by Ctrl-C or put aside by Ctrl-Z, which is no failure, and no success."""
ENDED_CODES = frozenset({"APP_ENDED", "ENDED_OUTSIDE", "CONTAINER_GONE", "OUT_OF_MEMORY"})
"""`error_code` of a workspace that stopped without anybody having asked for it."""
LONGEST_CODE = 3


class Mark(models.TextChoices):
    """What is to be seen at a seat, most urgent first."""

    HAND = "hand", _("hand raised")
    STUCK = "stuck", _("stuck")
    IDLE = "idle", _("idle")


ICONS = {Mark.HAND: "hand", Mark.STUCK: "error", Mark.IDLE: "clock"}


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark and why it is there, in words."""

    mark: Mark
    why: str | Promise = ""

    @property
    def icon(self) -> str:
        """One of `icons.svg`."""
        return ICONS[self.mark]


def marks_of(seat: Seat, claim: Claim | None, now: datetime, *, is_open: bool) -> list[Marked]:
    """The marks of a seat with its `workspace`, most urgent first; none of one that nobody has."""
    if claim is None:
        return []
    marks = [Marked(Mark.HAND, claim.hand_note)] if claim.hand_raised_at else []
    if why := stuck_because(seat, claim, now, is_open=is_open):
        marks.append(Marked(Mark.STUCK, why))
    elif is_open and (why := idle_because(seat.workspace, claim, now)):
        marks.append(Marked(Mark.IDLE, why))
    return marks


def stuck_because(seat: Seat, claim: Claim, now: datetime, *, is_open: bool) -> str | Promise:
    """Why whoever sits there seems not to get on; "" when they do."""
    workspace = seat.workspace
    if workspace is None:
        return _("has no workspace at the moment")
    if workspace.state == State.ERROR:
        return _("the workspace has failed")
    if workspace.state == State.STOPPED and workspace.error_code in ENDED_CODES:
        return _("the workspace ended by itself")
    if workspace.out_of_memory_at is not None:
        return _("out of memory")
    if seat.failing >= FAILING_FROM:
        return _("%(count)d commands failed in a row") % {"count": seat.failing}
    if is_open and _opened_only(workspace, claim, now):
        return _("opened, and nothing done since")
    return ""


def idle_because(workspace: Workspace | None, claim: Claim, now: datetime) -> str | Promise:
    """Why the seat counts as idle; "" when it does not."""
    if workspace is None or now - last_use(workspace, claim) < IDLE_AFTER:
        return ""
    return _("nothing done for a while") if claim.opened_at else _("not opened yet")


def last_use(workspace: Workspace, claim: Claim) -> datetime:
    """When whoever sits there last did something; coming is something."""
    came = claim.claimed_at or claim.joined_at
    return max(workspace.last_activity_at, came)


def _opened_only(workspace: Workspace, claim: Claim, now: datetime) -> bool:
    opened = claim.opened_at
    return opened is not None and now - opened >= QUIET_AFTER and workspace.last_activity_at <= opened + BEGINS


def failing_in(content: bytes) -> int:
    """How many commands failed since the last that went well, by the exit codes in `content`, one a line.

    Anybody in the workspace may have written there; what is no exit code is as if it were not. The first line may be
    the end of one.
    """
    failing = 0
    for line in reversed(content.split(b"\n")):
        code = _code(line.strip())
        if code == 0:
            break
        failing += code is not None and code not in INTERRUPTED
    return failing


def _code(line: bytes) -> int | None:
    if not (0 < len(line) <= LONGEST_CODE and line.isdigit()):
        return None
    code = int(line)
    return code if code <= 255 else None
