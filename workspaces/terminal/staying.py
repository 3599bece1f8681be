"""Who may go on looking at a terminal: one round of questions for all open websockets every few seconds."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import ApiToken, User
from workspaces.models import Workspace
from workspaces.selectors import usable_by
from workspaces.services.used import workspace_used
from workspaces.states import State
from workspaces.terminal.codes import COME_AGAIN, NOT_RUNNING, SIGNED_OUT, UNKNOWN
from workspaces.terminal.threads import in_thread

ASKS_EVERY = 5.0
NOTES_EVERY = 30.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at which workspace, by which credential: a session, a token, or none where everybody is the owner."""

    user_id: int
    workspace_id: int
    session_key: str = ""
    token_id: int | None = None


class Looking(Protocol):
    """An open websocket of a terminal. `in_use`: a program runs in the terminal that its shell waits for."""

    visit: Visit
    in_use: bool

    def is_gone(self) -> bool:
        """Whether nobody is there any more."""

    async def leave(self, code: int) -> None:
        """Close it."""


class Watch:
    """Closes the websockets of those who may no longer look, and notes that a workspace is used by those who do."""

    def __init__(self) -> None:
        self.open: dict[int, set[Looking]] = defaultdict(set)
        self.noted: dict[int, float] = {}
        self.task: asyncio.Task[None] | None = None
        self._noting: set[asyncio.Task[None]] = set()

    def count(self, workspace_id: int) -> int:
        """How many look at this workspace."""
        return len(self.open.get(workspace_id, ()))

    def add(self, looking: Looking) -> None:
        self.open[looking.visit.workspace_id].add(looking)
        if self.task is None or self.task.done() or self.task.get_loop() is not asyncio.get_running_loop():
            self.task = asyncio.create_task(self._run())

    def discard(self, looking: Looking) -> None:
        """Twice is fine."""
        some = self.open.get(looking.visit.workspace_id, set())
        some.discard(looking)
        if not some:
            self.open.pop(looking.visit.workspace_id, None)

    def note_use(self, workspace_id: int) -> None:
        """Somebody types in it, or waits for what runs in it. Returns at once; the row is touched now and then."""
        now = asyncio.get_running_loop().time()
        if now - self.noted.get(workspace_id, -NOTES_EVERY) < NOTES_EVERY:
            return
        self.noted[workspace_id] = now
        task = asyncio.create_task(self._note(workspace_id))
        self._noting.add(task)  # the loop itself keeps no task alive
        task.add_done_callback(self._noting.discard)

    async def _note(self, workspace_id: int) -> None:
        try:
            await in_thread(workspace_used, workspace_id, opened=False)
        except Exception:
            log.exception("Could not note the use of workspace %s", workspace_id)

    async def _run(self) -> None:
        while self.open:
            await asyncio.sleep(ASKS_EVERY)
            everybody = [looking for some in self.open.values() for looking in some]
            for looking in everybody:
                if looking.in_use:
                    self.note_use(looking.visit.workspace_id)
            try:
                codes = await in_thread(over, {looking.visit for looking in everybody})
            except Exception:  # the database is away: nobody is thrown out for that
                log.exception("Could not ask whether terminals may stay open")
                continue
            for looking in everybody:
                if looking.visit in codes:
                    await looking.leave(codes[looking.visit])
                elif looking.is_gone():
                    await looking.leave(COME_AGAIN)
            self.noted = {key: at for key, at in self.noted.items() if key in self.open}


watch = Watch()


def over(visits: Iterable[Visit]) -> dict[Visit, int]:
    """The visits that are to end, each with the code that says why. A few questions, and one more for each person."""
    visits = list(visits)
    signed_in = _signed_in(visits)
    people = User.objects.filter(is_active=True).in_bulk({visit.user_id for visit in visits})
    found: dict[Visit, int] = {}
    for user_id in {visit.user_id for visit in visits}:
        own = [visit for visit in visits if visit.user_id == user_id]
        states: dict[int, str] = {}
        if user := people.get(user_id):
            ids = {visit.workspace_id for visit in own}
            seen = Workspace.objects.filter(usable_by(Actor(user, "browser")), pk__in=ids)
            states = dict(seen.values_list("pk", "state"))
        for visit in own:
            if user is None or visit not in signed_in:
                found[visit] = SIGNED_OUT
            elif visit.workspace_id not in states:
                found[visit] = UNKNOWN
            elif states[visit.workspace_id] not in (State.RUNNING, State.STARTING, State.CREATING):
                found[visit] = NOT_RUNNING
    return found


def _signed_in(visits: list[Visit]) -> set[Visit]:
    now = timezone.now()
    keys = {visit.session_key for visit in visits if visit.session_key}
    sessions = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=now).values_list("session_key", flat=True)
    )
    token_ids = {visit.token_id for visit in visits if visit.token_id is not None}
    live = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)
    tokens = set(live.filter(pk__in=token_ids).values_list("pk", flat=True))
    return {visit for visit in visits if visit.token_id in tokens or visit.session_key in sessions or _is_open(visit)}


def _is_open(visit: Visit) -> bool:
    return settings.AUTH_DISABLED and visit.token_id is None and not visit.session_key
