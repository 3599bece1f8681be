"""Takes what was typed in the shells of a workspace into the audit, each command once.

The shell writes its history file when it likes, and people may do anything to it; a mark says how far it is taken in.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.redaction import redacted
from spaces_site.errors import SpacesError, Unavailable
from workspaces.auditing import workspace_audit
from workspaces.engine.base import EngineError
from workspaces.files import Tail, file_tail
from workspaces.history_lines import DIGEST_BYTES, MOST_KNOWN, Command, Line, commands, digests, lines_of, new_in
from workspaces.models import HistoryMark, KeptFiles, Workspace
from workspaces.services.waiting import STEP_SECONDS, connection_give_back
from workspaces.states import State

HISTORY_FILE = ".bash_history"
MOST_BYTES = 1024**2
"""Of the file, that are read at once. What is longer by then is a flood, of which the end is taken in."""
CHECKED_BYTES = 4096
"""Before the mark, by which it is known again."""
PIECE = 200
"""Commands in one transaction."""
LONGEST_COMMAND = 1000
EVERY = timedelta(seconds=5)
"""How often one workspace is read at most."""
MOST_IN_A_ROUND = 30
ROUND_SECONDS = 60.0
WITH_FILES = (State.RUNNING, State.PAUSED, State.STOPPED)

log = logging.getLogger(__name__)


class TakenByAnother(Exception):
    """Somebody else has moved the mark meanwhile."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: `content` from byte `start` on, its `lines` from byte `begin` on, and which of them are `fresh`.

    `known`: digests of the lines before those. `skipped`: bytes between the mark and what was read.
    """

    content: bytes
    start: int
    begin: int
    lines: list[Line]
    fresh: list[Line]
    known: bytes = b""
    skipped: int = 0


def history_take_in(workspace_id: int) -> int:
    """Every command that the history file has is an audit event; how many were not yet. Needs the engine to answer.

    Twice, late, side by side, for a workspace that is gone: each is fine.
    """
    workspace = Workspace.objects.filter(pk=workspace_id, state__in=WITH_FILES).first()
    if workspace is None:
        return 0
    mark, _ = HistoryMark.objects.get_or_create(
        public_id=workspace.public_id, defaults={"read_at": workspace.created_at - timedelta(days=1)}
    )
    connection_give_back()
    try:
        return _take_in(workspace, mark)
    except TakenByAnother:
        return 0
    except Unavailable:
        log.info("the shell history of %s cannot be read now", workspace.public_id)
    except (SpacesError, EngineError) as error:  # a folder in its place, say; the next look is after the next use
        log.info("the shell history of %s cannot be read: %s", workspace.public_id, error)
        HistoryMark.objects.filter(pk=mark.pk).update(read_at=timezone.now())
    return 0


def history_wanted(workspace: Workspace) -> None:
    """After commit, have what was typed since the last time taken in, by a worker. Often is fine."""
    if cache.add(f"history:{workspace.pk}", 1, EVERY.total_seconds()):
        transaction.on_commit(lambda: _send(workspace.pk), robust=True)


def history_refresh(workspace: Workspace, *, seconds: float = 2.0) -> None:
    """As `history_wanted`, and wait until it is done, for `seconds` at most. Not inside a transaction."""
    if workspace.state not in WITH_FILES or not _may_have_new(workspace):
        return
    asked = timezone.now()
    history_wanted(workspace)
    until = time.monotonic() + seconds
    marks = HistoryMark.objects.filter(public_id=workspace.public_id, read_at__gte=asked - EVERY)
    while not marks.exists() and time.monotonic() < until:
        connection_give_back()
        time.sleep(STEP_SECONDS)  # the mark is in a database, which cannot call back


def history_round() -> int:
    """Take in what was typed in workspaces that were used since they were last read, the longest unread first."""
    alive = (Workspace.objects.values("public_id"), KeptFiles.objects.values("public_id"))
    HistoryMark.objects.exclude(public_id__in=alive[0]).exclude(public_id__in=alive[1]).delete()
    read_at = HistoryMark.objects.filter(public_id=OuterRef("public_id")).values("read_at")[:1]
    unread = Workspace.objects.filter(state__in=WITH_FILES).annotate(read_at=Subquery(read_at))
    unread = unread.filter(Q(read_at=None) | Q(last_activity_at__gt=F("read_at")) | Q(stopped_at__gt=F("read_at")))
    until = time.monotonic() + ROUND_SECONDS
    taken = 0
    for pk in list(unread.order_by(F("read_at").asc(nulls_first=True)).values_list("pk", flat=True)[:MOST_IN_A_ROUND]):
        if time.monotonic() > until:
            break
        taken += history_take_in(pk)
    return taken


def _may_have_new(workspace: Workspace) -> bool:
    """A stopped one that was read since is as it was."""
    mark = HistoryMark.objects.filter(public_id=workspace.public_id).first()
    if mark is None or workspace.state != State.STOPPED:
        return True
    return mark.read_at <= max(workspace.last_activity_at, workspace.stopped_at or workspace.created_at)


def _send(workspace_id: int) -> None:
    from workspaces.tasks import history_take_in as task  # tasks import what sends them

    task.apply_async((workspace_id,), retry=False)


def _take_in(workspace: Workspace, mark: HistoryMark) -> int:
    checked = max(0, mark.offset - CHECKED_BYTES)
    tail = file_tail(workspace, HISTORY_FILE, checked, CHECKED_BYTES + MOST_BYTES)
    if tail is None or not tail.size:
        _move(mark, offset=0, digest=b"", known=b"")
        return 0
    found = _grown(mark, tail, checked) or _anew(mark, file_tail(workspace, HISTORY_FILE, 0, MOST_BYTES))
    if found is None:
        return 0  # it went away between two looks; the next one sees that
    typed = commands(found.fresh)
    for first in range(0, len(typed) or 1, PIECE):
        _write(workspace, mark, found, typed, first)
    return len(typed)


def _grown(mark: HistoryMark, tail: Tail, checked: int) -> Found | None:
    """What was appended, when all before the mark is as it was."""
    before = mark.offset - checked
    if tail.start != checked or _digest(tail.content[:before]) != (bytes(mark.digest) or _digest(b"")):
        return None
    lines = lines_of(tail.content[before:], mark.offset)
    return Found(tail.content, tail.start, mark.offset, lines, lines, bytes(mark.known))


def _anew(mark: HistoryMark, tail: Tail | None) -> Found | None:
    """What is new in a file that was cut or written anew, or of which more was added than is read at once."""
    if tail is None:
        return None
    lines = lines_of(tail.content, tail.start)
    if tail.start:
        lines = lines[1:]  # half a line
    fresh = new_in(lines, bytes(mark.known), is_cut=tail.start > 0)
    skipped = max(0, tail.start - mark.offset)
    return Found(tail.content, tail.start, tail.start, lines, fresh, skipped=skipped)


@transaction.atomic
def _write(workspace: Workspace, mark: HistoryMark, found: Found, typed: Sequence[Command], first: int) -> None:
    """Write one piece of what was typed and move the mark behind it, both or neither."""
    piece, is_last = typed[first : first + PIECE], first + PIECE >= len(typed)
    whole = found.lines[-1].end if found.lines else found.begin
    _advance(mark, found, whole if is_last else piece[-1].end)
    if found.skipped and not first:
        workspace_audit(SYSTEM, "shell.skipped", workspace, size=found.skipped, source="bash_history")
    for command in piece:
        when = {"ran_at": command.ran_at.isoformat()} if command.ran_at else {}
        text = redacted(command.text)[:LONGEST_COMMAND]
        workspace_audit(SYSTEM, "shell.command", workspace, command=text, source="bash_history", **when)


def _advance(mark: HistoryMark, found: Found, end: int) -> None:
    taken = [line for line in found.lines if line.end <= end]
    known = (found.known + digests(taken))[-MOST_KNOWN * DIGEST_BYTES :]
    before = found.content[max(0, end - found.start - CHECKED_BYTES) : end - found.start]
    _move(mark, offset=end, digest=_digest(before), known=known)


def _move(mark: HistoryMark, *, offset: int, digest: bytes, known: bytes) -> None:
    """Raises `TakenByAnother` when the mark is not where it was read."""
    read_at = max(timezone.now(), mark.read_at + timedelta(microseconds=1))
    here: dict[str, int | datetime] = {"pk": mark.pk, "offset": mark.offset, "read_at": mark.read_at}
    if not HistoryMark.objects.filter(**here).update(offset=offset, digest=digest, known=known, read_at=read_at):
        raise TakenByAnother
    mark.offset, mark.digest, mark.known, mark.read_at = offset, digest, known, read_at


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
