"""A command at one seat. It is run once, also when the worker that ran it was killed and another takes it up."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.actors import SYSTEM, Actor
from spaces_site.errors import SpacesError
from workshop.models import PushResult
from workspaces.auditing import workspace_audit
from workspaces.commands import AUDITED_CHARACTERS
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerMissing, EngineConflict
from workspaces.models import Workspace
from workspaces.problems import Failed, NotYet
from workspaces.services import workspace_pause, workspace_resume
from workspaces.states import State
from workspaces.works_as import works_as

LONGEST_SECONDS = 120.0
OUTPUT_BYTES = 64 * 1024
WAKES_SECONDS = 0.2
SETTLES_SECONDS = 1.0
RESUMED = "resumed"
"""Outcome in `PushResult.files` which says that it slept, and since when (`at`) it is awake for the command."""
_LOST = "spaces: nobody knows how it ended"
# What was begun is known by a folder, so that who comes later only waits for its end. All output counts as one text,
# of which the first bytes are kept: the rest is read on, or the command would be ended by it.
_ONCE = f"""
d="/tmp/.spaces-push-$1"
run() {{ if command -v bash >/dev/null 2>&1; then bash -lc "$1"; else sh -lc "$1"; fi </dev/null; }}
if mkdir "$d" 2>/dev/null; then
  {{ run "$2"; echo "$?" >"$d/code"; }} 2>&1 | {{ head -c "$3" | tee "$d/out"; cat >/dev/null; }}
  : >"$d/done"
elif [ -d "$d" ]; then
  n=0
  while [ ! -e "$d/done" ] && [ "$n" -lt "$4" ]; do sleep 0.2; n=$((n + 1)); done
  [ -e "$d/done" ] || {{ echo "{_LOST}" >&2; exit 125; }}
  cat "$d/out"
else
  {{ run "$2"; }} 2>&1
  exit
fi
exit "$(cat "$d/code")"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended; `problem`: a code where it did not end by itself."""

    output: str
    exit_code: int
    problem: str = ""


def command_seconds() -> float:
    """How long a command may take at a seat."""
    return min(LONGEST_SECONDS, settings.EXEC_TIMEOUT_SECONDS)


def command_push(result: PushResult, workspace: Workspace) -> Said:
    """Run it, as the workspace's user where its files are. One that sleeps is woken for it, and put to sleep again
    unless somebody came meanwhile. Raises `Failed`, `NotYet` while it wakes, and what the engine raises."""
    actor = Actor(result.push.actor, "browser") if result.push.actor else SYSTEM
    _awake(result, workspace, actor)
    workspace_audit(actor, "exec.run", workspace, command=result.push.command[:AUDITED_CHARACTERS])
    said = command_once(workspace, result.push.command, mark=_mark(result))
    _sleep_again(result, workspace, actor)
    return said


def command_once(workspace: Workspace, command: str, *, mark: str) -> Said:
    """Run `command` by a login shell, or where it was begun under this mark before, wait for its end. Raises `Failed`
    (STOPPED), and what the engine raises."""
    seconds = command_seconds()
    words = [mark, command, str(OUTPUT_BYTES + 1), str(int(seconds * 5))]
    try:
        done = get_engine().exec(
            workspace.engine_name,
            ["/bin/sh", "-c", _ONCE, "sh", *words],
            user=works_as(workspace.kind),
            workdir=workspace.kind.data_path,
            timeout_seconds=seconds,
            max_bytes=OUTPUT_BYTES + 1,
        )
    except (ContainerMissing, EngineConflict):
        raise Failed("STOPPED", "") from None
    if done.exit_code == 125 and _LOST in done.stderr.decode(errors="replace"):
        return Said("", done.exit_code, "UNKNOWN_END")
    text = done.stdout[:OUTPUT_BYTES].decode(errors="replace").replace("\0", "\ufffd")
    cut = f"\n[output cut at {OUTPUT_BYTES // 1024} KiB]\n" if len(done.stdout) > OUTPUT_BYTES else ""
    return Said(text + cut, done.exit_code, "TIMED_OUT" if done.timed_out else "")


def _mark(result: PushResult) -> str:
    """Another one each time that the leader asks anew, which leaves the end of the last try in the row."""
    return f"{result.pk}-{int(result.finished_at.timestamp() * 1000) if result.finished_at else 0}"


def _awake(result: PushResult, workspace: Workspace, actor: Actor) -> None:
    match workspace.state:
        case State.RUNNING:
            return
        case State.STOPPED:
            raise Failed("STOPPED", "")
        case State.ERROR | State.DELETING:
            raise Failed("SEAT_FAILED", "")
        case State.PAUSED:
            try:
                workspace_resume(actor, workspace, password=None)
            except SpacesError as error:
                raise Failed("REFUSED", str(error.message)) from error
            result.files = [{"path": "", "outcome": RESUMED, "at": timezone.now().isoformat()}]
            PushResult.objects.filter(pk=result.pk).update(files=result.files)
            raise NotYet(WAKES_SECONDS)
    raise NotYet(SETTLES_SECONDS if workspace.state == State.CREATING else WAKES_SECONDS)


def _sleep_again(result: PushResult, workspace: Workspace, actor: Actor) -> None:
    since = next((parse_datetime(one["at"]) for one in result.files if one["outcome"] == RESUMED), None)
    if since is None:
        return
    workspace.refresh_from_db(fields=("last_opened_at", "state"))
    came = workspace.last_opened_at is not None and workspace.last_opened_at >= since
    if not came and workspace.state == State.RUNNING:
        with suppress(SpacesError):  # somebody asked for something else of it just now
            workspace_pause(actor, workspace, password=None)
