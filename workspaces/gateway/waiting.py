"""What a visitor sees of a workspace that does not answer (yet): it wakes, it waits, or says why it does not."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from spaces_site.errors import Conflict, SpacesError
from workspaces.gateway.answers import send_error, send_json, send_page, send_redirect
from workspaces.gateway.authorise import authorise_forget, authorise_now, changes_of, visit_authorise
from workspaces.gateway.grant import Grant
from workspaces.gateway.progress import WAKES, Progress, progress_of, wake
from workspaces.gateway.threads import in_thread
from workspaces.gateway.visit import Send, Visit
from workspaces.states import State

GRACE = 1.0
"""Seconds for which a visit to a paused or starting workspace is held instead of showing a page: resuming takes
30–40 ms."""
PROGRAM_GRACE = 2.0
"""Seconds for a program's request to a starting one: asked to come again, many would do so a hundred times a second."""
_COMING = frozenset({State.CREATING, State.STARTING})
_LOOKS_EVERY = 0.05
"""Where the worker is a process of its own, which cannot tell this one that something changed."""


async def grant_awake(visit: Visit, grant: Grant) -> Grant:
    """The workspace is waking when it slept; the grant as it is then. Raises what `wake` raises.

    One that starts already has often been woken from a pause a moment ago, as a seat is when somebody claims it.
    """
    if grant.state == State.STARTING:
        return await _grant_soon(visit, GRACE)
    if grant.state not in WAKES:
        return grant
    await in_thread(wake, grant, visit.address)
    if grant.state != State.PAUSED:
        return await again(visit)
    authorise_forget(grant.public_id)
    return await _grant_soon(visit, GRACE)


async def _grant_soon(visit: Visit, seconds: float) -> Grant:
    """The grant once the workspace runs, or as it is when it does not come to that within so many seconds."""
    until = time.monotonic() + seconds
    longest = seconds if settings.EMBEDDED else _LOOKS_EVERY
    with changes_of(visit.target.public_id) as changed:
        grant = await visit_authorise(visit)
        while grant.state in _COMING and (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, longest)):
                    await changed.wait()
            if changed.is_set() or not settings.EMBEDDED:
                changed.clear()
                grant = await again(visit)
    return grant


async def again(visit: Visit) -> Grant:
    """The visitor's grant as it is now."""
    return await authorise_now(visit.target, visit.cookie_keys, visit.token, visit.address, visit.basic)


async def answer_asleep(send: Send, visit: Visit, grant: Grant) -> Grant | None:
    """Answer a request to a workspace that does not run; a grant instead, when it woke while we looked.

    Only a person's visit wakes it: a forgotten tab that reconnects would wake what somebody has just stopped. Looking
    on wakes nothing.
    """
    try:
        if visit.is_navigation and not grant.view_only:
            grant = await grant_awake(visit, grant)
        elif grant.state in _COMING:
            grant = await _grant_soon(visit, GRACE if visit.is_navigation else PROGRAM_GRACE)
    except SpacesError as error:
        await send_error(send, visit, error, **start_form(grant, visit.next_path))
        return None
    if grant.is_running:
        return grant
    if visit.is_navigation:
        await show(send, visit, grant, visit.next_path)
        return None
    message = _("This workspace is not running. Open it in the browser, or start it.")
    content = {"error": message, "code": "WORKSPACE_NOT_RUNNING", "state": grant.state}
    await send_json(send, 503, content, [(b"retry-after", b"5")])
    return None


async def answer_silent(send: Send, visit: Visit, grant: Grant) -> None:
    """Answer a request to a running workspace where nothing took the connection."""
    if visit.is_navigation:
        await show(send, visit, grant, visit.next_path)
        return
    message = _("Nothing is listening on port %(port)s in this workspace.") % {"port": grant.port}
    await send_json(send, 502, {"error": message, "code": "NOTHING_LISTENING", "port": grant.port})


async def show(send: Send, visit: Visit, grant: Grant, next_path: str) -> None:
    """The page for a workspace as it is now; it wakes nothing, so it can be loaded again and again."""
    progress = await progress_of(grant)
    context = {"workspace": grant, "progress": progress, "next_path": next_path, "wait_url": wait_url(next_path)}
    if progress.ready and visit.path.startswith("/_spaces/"):
        await send_redirect(send, 303, next_path)
    elif progress.waiting or progress.ready:
        await send_page(send, visit, 503, "wait.html", context, [(b"retry-after", b"1")])
    elif progress.state == State.RUNNING:
        await send_page(send, visit, 502, "nothing_listening.html", context)
    else:
        await send_error(send, visit, asleep(progress), workspace=grant, **start_form(grant, next_path))


def asleep(progress: Progress) -> Conflict:
    """Why a workspace does not run, in words."""
    if progress.state == State.DELETING:
        return Conflict(_("This workspace is being deleted."), code="WORKSPACE_DELETED")
    if progress.state == State.ERROR:
        reason = progress.error or _("It did not start.")
        return Conflict(reason, code="WORKSPACE_FAILED")
    return Conflict(_("This workspace is not running."), code="WORKSPACE_NOT_RUNNING")


def wait_url(next_path: str) -> str:
    return f"/_spaces/wait?next={quote(next_path, safe='/')}"


def start_form(grant: Grant, next_path: str) -> dict[str, str]:
    """Where the page's button to start it again leads, and where to look at it on the platform. Nowhere for who only
    looks on."""
    if grant.view_only:
        return {}
    return {"start_url": f"/_spaces/start?next={quote(next_path, safe='/')}", "platform_url": settings.BASE_URL}
