"""Running one command in a workspace for somebody and handing back what it printed. Who only reads comes elsewhere:
a command counts as use of the workspace, wakes a paused one and is an audit event.
"""

from __future__ import annotations

import codecs
import shlex
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, Invalid, TooMany
from workspaces.auditing import workspace_audit
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerMissing, EngineConflict, EngineError, EngineUnavailable
from workspaces.engine.inside import ExecResult
from workspaces.engine_state import engine_silent
from workspaces.models import Workspace
from workspaces.selectors import workspace_get, workspace_usable
from workspaces.services.used import workspace_used
from workspaces.services.waiting import connection_give_back, operation_wait
from workspaces.services.work import workspace_resume
from workspaces.states import State
from workspaces.works_as import works_as

MOST_AT_ONCE = 8
"""Commands of one person that may be under way in one process: each holds a thread of the site."""
LONGEST_BYTES = 64 * 1024
"""Of a command with all its arguments; the kernel takes twice that for a single one."""
AUDITED_CHARACTERS = 2000
WAKE_SECONDS = 60.0
_WAKES = frozenset({State.PAUSED, State.PAUSING})
_SOON = frozenset({State.CREATING, State.STARTING})
_SHELL = 'if command -v bash >/dev/null 2>&1; then exec bash -lc "$1"; else exec sh -lc "$1"; fi'

_under_way: Counter[int | None] = Counter()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed and how it ended.

    `cut`: output was longer than may be, and a line at its end says so. `timed_out`: it was ended for taking too long;
    `exit_code` is then 124, and the last line of `stderr` says so.
    """

    stdout: str
    stderr: str
    exit_code: int
    cut: bool = False
    timed_out: bool = False


def command_run(
    actor: Actor,
    workspace: Workspace,
    command: str | Sequence[str],
    *,
    timeout_seconds: float | None = None,
    max_bytes: int | None = None,
) -> CommandResult:
    """Run `command` in the folder of its files as the workspace's user, wait for its end, and say what came out.

    A text goes to a login shell, a list of texts is run as it is. Time and the bytes kept of each stream have at most
    the values of the settings. A command that fails is no error, and neither is one that is not there (127 from a
    shell, 126 from the engine). Output that is not UTF-8 is replaced. Raises `NotFound`, `Invalid` (COMMAND_INVALID),
    `Conflict` (NOT_RUNNING), `TooMany`, `Unavailable`, and what `workspace_resume` raises when it cannot be resumed.
    """
    argv = command_argv(command)
    workspace = workspace_usable(actor, workspace.public_id)
    seconds = min(timeout_seconds or settings.EXEC_TIMEOUT_SECONDS, settings.EXEC_TIMEOUT_SECONDS)
    most = min(max_bytes or settings.EXEC_OUTPUT_BYTES, settings.EXEC_OUTPUT_BYTES)
    with _one_of_few(actor.user.pk if actor.user else None):
        workspace = workspace_awake(actor, workspace)
        text = command if isinstance(command, str) else shlex.join(command)
        workspace_audit(actor, "exec.run", workspace, command=text[:AUDITED_CHARACTERS])
        workspace_used(workspace.pk, opened=False)
        connection_give_back()
        try:
            answer = _exec(workspace, argv, seconds, most)
        finally:
            workspace_used(workspace.pk, opened=False)  # it was in use all that time
    return _result(answer, most, seconds)


def command_argv(command: object) -> list[str]:
    """The arguments to run. Raises `Invalid` (COMMAND_INVALID) for what is no command."""
    words = [command] if isinstance(command, str) else command
    if command is None or words == [] or words == ():
        raise _invalid(_("Command required"))
    if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
        raise _invalid(_("A command is a text, or a list of texts."))
    if not words[0].strip():
        raise _invalid(_("Command required"))
    if any("\0" in word or not _is_unicode(word) for word in words):
        raise _invalid(_("A command holds characters that no program can be given."))
    if sum(len(word.encode()) + 1 for word in words) > LONGEST_BYTES:
        raise _invalid(_("A command takes at most %(most)d KiB.") % {"most": LONGEST_BYTES // 1024})
    return ["/bin/sh", "-c", _SHELL, "sh", command] if isinstance(command, str) else list(words)


def workspace_awake(actor: Actor, workspace: Workspace, seconds: float = WAKE_SECONDS) -> Workspace:
    """The workspace, which runs: a paused one is resumed for `actor`, and one that is about to run is waited for.

    Raises `Conflict` (NOT_RUNNING) when it is stopped, or does not run after `seconds`.
    """
    if workspace.state in _WAKES:
        workspace_resume(actor, workspace, password=None)
    if workspace.state in _WAKES | _SOON:
        operation_wait(workspace, seconds)
        workspace = workspace_get(actor, workspace.public_id)
    if workspace.state != State.RUNNING:
        raise _not_running(workspace)
    return workspace


def _exec(workspace: Workspace, argv: list[str], seconds: float, most: int) -> ExecResult:
    try:
        return get_engine().exec(
            workspace.engine_name,
            argv,
            user=works_as(workspace.kind),
            workdir=workspace.kind.data_path,
            timeout_seconds=seconds,
            max_bytes=most,
        )
    except (ContainerMissing, EngineConflict) as error:
        raise _not_running(workspace) from error
    except EngineUnavailable as error:
        raise engine_silent() from error
    except EngineError as error:
        raise Conflict(
            _("The command could not be started: %(reason)s") % {"reason": str(error)[:300]}, code="COMMAND_FAILED"
        ) from error


@contextmanager
def _one_of_few(user_id: int | None) -> Iterator[None]:
    with _lock:
        if _under_way[user_id] >= MOST_AT_ONCE:
            raise TooMany(
                _("%(most)d of your commands are running already. Wait for one to end.") % {"most": MOST_AT_ONCE},
                retry_after=5,
                code="COMMANDS_LIMIT",
            )
        _under_way[user_id] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[user_id] -= 1
            if not _under_way[user_id]:
                del _under_way[user_id]


def _result(answer: ExecResult, most: int, seconds: float) -> CommandResult:
    stdout = _text(answer.stdout, most, answer.cut)
    stderr = _text(answer.stderr, most, answer.cut)
    if answer.timed_out:
        stderr += f"\n[ended: the time limit of {seconds:g} s was reached]\n"
    return CommandResult(stdout, stderr, answer.exit_code, answer.cut, answer.timed_out)


def _text(output: bytes, most: int, cut: bool) -> str:
    """As text; `cut` is of one stream or the other, and the one that is full was."""
    full = cut and len(output) >= most
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(output, final=not full)  # no half character
    return f"{text}\n[output cut at {_size(most)}]\n" if full else text


def _size(count: int) -> str:
    for unit, name in ((1024**2, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} B"


def _is_unicode(text: str) -> bool:
    """JSON can hold halves of characters, which no encoding of text can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _invalid(text: str) -> Invalid:
    return Invalid(text, code="COMMAND_INVALID", details={"command": text})


def _not_running(workspace: Workspace) -> Conflict:
    return Conflict(
        _("The workspace does not run. Start it first."),
        code="NOT_RUNNING",
        details={"state": str(workspace.state)},
    )
