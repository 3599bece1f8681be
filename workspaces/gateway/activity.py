"""What counts as use of a workspace, and notes of it: one UPDATE a minute at most, whatever goes through the gateway.

Measured with VS Code (code-server 4.139) in Chromium, a tab that nobody touched for five minutes: 158 messages from the
page over two websockets, none of them a person's. 13 bytes every 5 s on each (keep-alives), five times 38 bytes, 2 s
apart, every 70 s (telemetry's pings), and now and then one of its own. A clock in its terminal adds 81 bytes a second
(acknowledgements), and a key pressed in the editor 1.6 kB, as an extension's message may have too. So neither that
there are messages nor how long they are tells whether somebody is there. Its page says so itself, by `here.js`, which
sets a cookie that every websocket brings; what such a websocket carries counts as nothing. A page without it (of an
image from before, of another kind, of a port) counts by `Beats`. Requests of scripts count as nothing.

Our page around an app loads `here.js` whatever the kind says. A streamed desktop's websockets never count, with the
cookie or without: its client asks for the next picture at the pace at which the screen changes, whoever changes it.
"""

from __future__ import annotations

import asyncio
import logging
import time

from workspaces.gateway.beats import Beats
from workspaces.gateway.grant import Grant
from workspaces.gateway.threads import in_thread
from workspaces.gateway.visit import Visit
from workspaces.models import Kind
from workspaces.services.used import workspace_used

EVERY = 55.0
"""Seconds; a little less than a minute, so that a page that reports once a minute is never a moment too early."""
log = logging.getLogger(__name__)
_noted: dict[int, float] = {}
_under_way: set[asyncio.Task[None]] = set()


def activity_note(grant: Grant, *, opened: bool = False, at_once: bool = False) -> None:
    """The workspace was used just now, and with `opened` its app was opened by a person. Returns at once.

    `at_once`: however little time has gone since the last note, but for a hammered button.
    """
    now = time.monotonic()
    pause = 0.0 if opened else 1.0 if at_once else EVERY
    if now - _noted.get(grant.workspace_id, -EVERY) < pause:
        return
    _noted[grant.workspace_id] = now
    task = asyncio.get_running_loop().create_task(_note(grant.workspace_id, opened))
    _under_way.add(task)  # the loop itself keeps no task alive
    task.add_done_callback(_under_way.discard)


async def _note(workspace_id: int, opened: bool) -> None:
    try:
        await in_thread(workspace_used, workspace_id, opened=opened)
    except Exception:
        log.exception("Could not note the use of workspace %s", workspace_id)


def by_a_person(visit: Visit) -> bool:
    """Whether a page load was asked for by a person. A page that loads itself again and again, or a frame in it, was
    not. Chromium says which: `Sec-Fetch-User` came with an address that was typed, a reload, a link and what that was
    redirected to, and not with a refresh by the page. A browser that says nothing of the kind is believed."""
    if not visit.is_navigation:
        return False
    return "sec-fetch-mode" not in visit.seen or visit.get("sec-fetch-user") == "?1"


def websocket_beats(visit: Visit, grant: Grant) -> Beats | None:
    """What tells a person's messages on this websocket; None when nothing on it is use: who looks on does nothing, and
    a page of ours, or of a kind like it, says by itself what a person does."""
    if grant.view_only:
        return None
    if grant.is_editor and grant.frame == Kind.Frame.DESKTOP:
        return None
    reports = grant.is_editor and (grant.reports_use or bool(grant.frame))
    if reports and f"{visit.names.here}=1" in visit.get("cookie"):
        return None
    return Beats(time.monotonic())


def websocket_note(grant: Grant, beats: Beats | None, length: int) -> None:
    """A message of `length` came from the client."""
    if beats is not None and beats.heard(length, time.monotonic()):
        activity_note(grant)
