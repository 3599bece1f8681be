"""The one answer to who may enter a workspace, for HTTP and websockets alike.

Answers are kept for `KEPT` seconds per process, so that the stream of requests of one page asks the database once;
for `KEPT_ASLEEP` while the workspace does not run, so that programs which ask again and again leave it the processor.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.models import User
from accounts.services.tokens import token_authenticate
from spaces_site.errors import NotFound, Unauthenticated
from workspaces.gateway.alias_gate import alias_basic
from workspaces.gateway.audience import is_view, may_look, open_to_people
from workspaces.gateway.grant import Grant, grant_of
from workspaces.gateway.guests import guest_check
from workspaces.gateway.hosts import Target
from workspaces.gateway.sessions import session_find, session_keep
from workspaces.gateway.threads import in_thread
from workspaces.gateway.visit import Visit
from workspaces.models import GatewaySession, Workspace
from workspaces.selectors import may_enter

KEPT = 2.0
KEPT_ASLEEP = 0.1
_MOST_KEPT = 4096


def authorise(
    target: Target, cookie_keys: tuple[str, ...], token: str, address: str | None, basic: str = ""
) -> Grant:
    """Leave to enter `target` for whoever brings these credentials; a token, when there is one, decides alone.

    The owner, editors and staff may enter; to the port for looking viewers too, to one that is shared with people
    everybody with an account; and guests as `guest_check` says, of whom programs may bring the name and password of an
    alias in `basic`.
    Raises `Unauthenticated` when no credential holds (whether or not the workspace exists), and `NotFound` for somebody
    we know who may not enter, which looks the same as a workspace that does not exist.
    """
    if token:
        return _by_token(target, token, address)
    session = session_find(target, cookie_keys)
    if session is None and basic:
        return grant_of(target, alias_basic(target, basic, address), None, is_told=False)
    if session is None:
        raise Unauthenticated(_("Sign in to open this workspace."))
    if session.user is None:
        guest_check(session, target)
        user, is_told = None, session.guest_by == GatewaySession.GuestBy.PASSWORD
    else:
        user = _check_user(session.user, session.workspace, target)
        is_told = user is not None
    session_keep(session)
    return grant_of(target, session.workspace, user, is_told=is_told)


def _by_token(target: Target, token: str, address: str | None) -> Grant:
    found = token_authenticate(token, address)
    if found is None:
        raise Unauthenticated(_("This token is not valid."))
    workspace = Workspace.objects.select_related("kind", "owner").filter(public_id=target.public_id).first()
    if workspace is None:
        raise NotFound(_("There is no such workspace."))
    user = _check_user(found.user, workspace, target)
    return grant_of(target, workspace, user, is_told=user is not None)


def _check_user(user: User, workspace: Workspace, target: Target) -> User | None:
    """The user, when they may work in the workspace, or look on and do so; None when just that port is open to them."""
    if not user.is_active:
        raise Unauthenticated(_("This account is locked."))
    if may_enter(user.pk, user.runs_the_site, workspace):
        return user
    if is_view(workspace, target.port) and may_look(user, workspace):
        return user
    if not user.is_guest and open_to_people(workspace, target.port):
        return None
    raise NotFound(_("There is no such workspace."))


_Key = tuple[Target, str, str, tuple[str, ...]]


@dataclass(slots=True)
class _Memory:
    """Grants and until when each may be used (monotonic seconds), and the questions that are under way."""

    kept: dict[_Key, tuple[Grant, float]] = field(default_factory=dict)
    asked: dict[tuple[int, _Key], asyncio.Task[Grant]] = field(default_factory=dict)
    forgotten: int = 0
    waiting: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_memory = _Memory()


async def authorise_cached(
    target: Target, cookie_keys: tuple[str, ...], token: str, address: str | None, basic: str = ""
) -> Grant:
    """`authorise` from the event loop. Only leave to enter is remembered, never a refusal."""
    key = (target, token, basic, cookie_keys)
    kept = _memory.kept.get(key)
    if kept is not None and kept[1] > time.monotonic():
        return kept[0]
    return await authorise_now(target, cookie_keys, token, address, basic)


async def visit_authorise(visit: Visit) -> Grant:
    """`authorise_cached` for whoever visits."""
    return await authorise_cached(visit.target, visit.cookie_keys, visit.token, visit.address, visit.basic)


async def authorise_now(
    target: Target, cookie_keys: tuple[str, ...], token: str, address: str | None, basic: str = ""
) -> Grant:
    """As `authorise_cached`, whatever is remembered."""
    key = (target, token, basic, cookie_keys)
    asked = (id(asyncio.get_running_loop()), key)
    task = _memory.asked.get(asked)
    if task is None:  # a page's many requests ask one question, and it goes on when the first of them is cancelled
        task = asyncio.create_task(_ask(key, target, cookie_keys, token, address, basic))
        _memory.asked[asked] = task
        task.add_done_callback(lambda _: _memory.asked.pop(asked, None))
    return await asyncio.shield(task)


async def _ask(key: _Key, *question: Any) -> Grant:
    before = _memory.forgotten
    grant: Grant = await in_thread(authorise, *question)
    if before == _memory.forgotten:
        if len(_memory.kept) >= _MOST_KEPT:
            _memory.kept.clear()
        _memory.kept[key] = (grant, time.monotonic() + (KEPT if grant.is_running else KEPT_ASLEEP))
    return grant


def authorise_forget(public_id: str) -> None:
    """This process asks again at the next request to the workspace: call it when it or who may enter changed."""
    _memory.forgotten += 1
    for key in list(_memory.kept):
        if key[0].public_id == public_id:
            _memory.kept.pop(key, None)
    with _memory.lock:
        waiting = list(_memory.waiting.get(public_id, ()))
    for loop, changed in waiting:
        loop.call_soon_threadsafe(changed.set)


@contextmanager
def changes_of(public_id: str) -> Iterator[asyncio.Event]:
    """An event of the running loop that is set whenever `authorise_forget` is called for the workspace."""
    mine = (asyncio.get_running_loop(), asyncio.Event())
    with _memory.lock:
        _memory.waiting.setdefault(public_id, []).append(mine)
    try:
        yield mine[1]
    finally:
        with _memory.lock:
            _memory.waiting[public_id].remove(mine)
            if not _memory.waiting[public_id]:
                del _memory.waiting[public_id]
