"""Who may work on the files of a workspace, in which state, and how many at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, NotFound, TooMany
from workspaces.files.beside import WorkspaceGone
from workspaces.files.refusals import engine_errors
from workspaces.models import Workspace
from workspaces.selectors import workspace_get, workspace_usable
from workspaces.services.waiting import connection_give_back
from workspaces.states import HAS_NO_FILES, State

MOST_OF_ONE_PERSON = 12
MOST_IN_ONE_WORKSPACE = 16
"""Of each of the two kinds (short questions, long streams), in one process: each is a process beside a workspace."""
WAIT_SECONDS = 5.0

_under_way: Counter[tuple[str, object]] = Counter()
_free = threading.Condition()


def reachable(actor: Actor, workspace: Workspace) -> Workspace:
    """The workspace as it is now, whose files `actor` may see.

    Raises `NotFound`, and `Conflict` (WORKSPACE_STATE) while it is being created or deleted.
    """
    return _with_files(workspace_get(actor, workspace.public_id))


def changeable(actor: Actor, workspace: Workspace) -> Workspace:
    """The same, whose files `actor` may change too. Raises also `Forbidden` (VIEWER_ONLY)."""
    return _with_files(workspace_usable(actor, workspace.public_id))


def _with_files(workspace: Workspace) -> Workspace:
    if workspace.state in HAS_NO_FILES:
        raise Conflict(
            _("Its files cannot be reached now: the workspace is %(state)s.") % {"state": State(workspace.state).label},
            code="WORKSPACE_STATE",
            details={"state": str(workspace.state)},
        )
    return workspace


@contextmanager
def at_work(actor: Actor, workspace: Workspace) -> Iterator[None]:
    """For a short question: has one of the places, and what the engine raises inside becomes ours."""
    release = place_take(actor, workspace, "short")
    connection_give_back()
    try:
        with errors():
            yield
    finally:
        release()


@contextmanager
def errors() -> Iterator[None]:
    """What the engine raises inside becomes ours."""
    with engine_errors():
        try:
            yield
        except WorkspaceGone:
            raise NotFound(_("There is no such workspace."), code="WORKSPACE_NOT_FOUND") from None


def place_take(actor: Actor, workspace: Workspace, kind: str) -> Callable[[], None]:
    """Take one of the places of `kind` ("short", "long"), waiting a little; what gives it back, once.

    Raises `TooMany`.
    """
    person = actor.user.pk if actor.user else None
    keys = {(kind, f"person {person}"): MOST_OF_ONE_PERSON, (kind, workspace.pk): MOST_IN_ONE_WORKSPACE}
    with _free:
        is_free = _free.wait_for(
            lambda: all(_under_way[key] < most for key, most in keys.items()),
            WAIT_SECONDS if kind == "short" else 0,
        )
        if not is_free:
            raise TooMany(_("Too many files are being worked on at once. Wait for some to end."), retry_after=5)
        _under_way.update(keys.keys())
    given_back = threading.Lock()

    def release() -> None:
        if given_back.acquire(blocking=False):
            with _free:
                _under_way.subtract(keys.keys())
                for key in keys:
                    if not _under_way[key]:
                        del _under_way[key]
                _free.notify_all()

    return release
