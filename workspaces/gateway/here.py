"""/_spaces/here: a page of the workspace says that a person is there, and asks what that person should be told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.gateway.activity import activity_note
from workspaces.gateway.answers import nothing_here, send_bytes, send_json
from workspaces.gateway.authorise import visit_authorise
from workspaces.gateway.grant import Grant
from workspaces.gateway.threads import in_thread
from workspaces.gateway.visit import Receive, Send, Visit
from workspaces.idle import UNUSED_CODE, idle_of
from workspaces.models import Workspace
from workspaces.reasons import reason_shown
from workspaces.states import State

ASKS_EVERY = 60
"""Seconds after which a page that somebody sees asks again, when nothing is near."""
_ASKS_SOON = 5
_NOT_RUNNING = frozenset({State.PAUSED, State.STOPPED, State.ERROR})


class Notice(TypedDict):
    """What a page shows, in the visitor's language; `{time}` in `title` stands for `at` in their time zone.

    `action` is on the button, which does `does`: "keep" it running or "start" it. `calls`: the button takes the focus,
    since nobody can be typing.
    """

    title: str
    text: str
    action: str
    does: str
    at: str
    busy: str
    failed: str
    calls: bool


async def here_used(visit: Visit, receive: Receive, send: Send) -> None:
    """A person uses the page: 204, or what to tell them where it does not run, which wakes nothing."""
    grant = await _grant(visit)
    if grant.state != State.RUNNING:
        await send_json(send, 200, await in_thread(_shown, grant))
        return
    activity_note(grant, at_once=visit.query == "keep")
    await send_bytes(send, 204, b"", "text/plain")


async def here_ask(visit: Visit, receive: Receive, send: Send) -> None:
    """What to tell whoever sees the page. Counts as no use."""
    await send_json(send, 200, await in_thread(_shown, await _grant(visit)))


async def _grant(visit: Visit) -> Grant:
    """Raises `NotFound` where people only look on, which is no use."""
    grant = await visit_authorise(visit)
    if grant.view_only:
        raise nothing_here()
    return grant


def _shown(grant: Grant) -> dict[str, Any]:
    workspace = Workspace.objects.filter(pk=grant.workspace_id).first()
    if workspace is None:
        return {"state": State.DELETING, "again": ASKS_EVERY, "language": translation.get_language(), "notice": None}
    now = timezone.now()
    return {
        "state": workspace.state,
        "again": _again(workspace, now),
        "language": translation.get_language(),
        "notice": _notice(workspace, now),
    }


def _again(workspace: Workspace, now: datetime) -> int:
    """Seconds after which to ask next: when the warning begins, if that comes first."""
    if not workspace.is_settled:
        return _ASKS_SOON
    warns_at = idle_of(workspace, now).warns_at
    if warns_at is None:
        return ASKS_EVERY
    left = (warns_at - now) / timedelta(seconds=1)
    return round(min(ASKS_EVERY, max(_ASKS_SOON, left))) if left > 0 else ASKS_EVERY // 4


def _notice(workspace: Workspace, now: datetime) -> Notice | None:
    if workspace.state in _NOT_RUNNING:
        return _notice_of_rest(workspace)
    idle = idle_of(workspace, now)
    if idle.pauses_at is None or not idle.warns(now):
        return None
    minutes = idle.minutes_left(now)
    title = ngettext(
        "It pauses in %(n)d minute, since nobody uses it.", "It pauses in %(n)d minutes, since nobody uses it.", minutes
    )
    return {
        "title": title % {"n": minutes},
        "text": _("Nothing is lost by that: it goes on where you were."),
        "action": _("Keep it running"),
        "does": "keep",
        "at": idle.pauses_at.isoformat(),
        "busy": "",
        "failed": _("That did not work. Try again in a moment."),
        "calls": False,
    }


def _notice_of_rest(workspace: Workspace) -> Notice:
    is_paused, is_unused = workspace.state == State.PAUSED, workspace.error_code == UNUSED_CODE
    says = {
        State.PAUSED: _("This workspace was paused at {time}."),
        State.STOPPED: _("This workspace was stopped at {time}."),
    }
    after = _("It goes on where you were.") if is_paused else _("Your files are safe.")
    return {
        "title": says.get(State(workspace.state), _("This workspace failed at {time}.")),
        "text": f"{reason_shown(workspace.error)} {after}".strip(),
        "action": _("Continue") if is_paused else _("Start it"),
        "does": "start",
        "at": workspace.state_changed_at.isoformat(),
        "busy": _("It is waking up …"),
        "failed": _("That did not work. Try again in a moment."),
        "calls": is_unused,
    }
