"""Decides whether an operation is tried again or given up, with a reason that a person can read.

Nothing else gives up.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.models import Operation, Setup, Workspace
from workspaces.reasons import AGAIN
from workspaces.sending import operation_send, wake
from workspaces.settled import settled_tell
from workspaces.states import OPEN_OPERATIONS, RULES, OperationState, State, Verb
from workspaces.transitions import move, operation_finish

REFUSALS = 3
"""Attempts that the engine may answer with no before it is believed."""
LIMIT = timedelta(minutes=15)
"""How long an operation may be tried while the engine is away, counted from its first attempt."""
LONGEST_PAUSE_SECONDS = 30.0


def judge(operation: Operation, code: str, problem: str, *, refused: bool = False, final: bool = False) -> None:
    """Note that an attempt failed. It is queued again after a growing pause, or given up when that is pointless.

    `final`: trying again cannot help. `refused`: it may help, but not for ever. Otherwise only time runs out.
    """
    operation.refresh_from_db(fields=("attempts", "started_at", "state"))
    if final or (refused and operation.attempts >= REFUSALS) or overdue(operation):
        give_up(operation, code, problem)
        return
    pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (operation.attempts - 1))
    again = Operation.objects.filter(pk=operation.pk, state__in=OPEN_OPERATIONS).update(
        state=OperationState.QUEUED,
        next_try_at=timezone.now() + timedelta(seconds=pause),
        error_code=code,
        error=problem,
        detail=AGAIN,
    )
    if again:
        wake(str(operation.pk), delay_seconds=pause)
        if operation.workspace is not None:
            live.workspace_changed(operation.workspace)


def overdue(operation: Operation) -> bool:
    """Whether its time is over."""
    return operation.started_at is not None and timezone.now() - operation.started_at > LIMIT


@transaction.atomic
def give_up(operation: Operation, code: str, problem: str) -> None:
    """The operation has failed and its workspace says why; a person may start or delete it from there."""
    if not operation_finish(operation, OperationState.FAILED, error_code=code, error=problem):
        return
    workspace = operation.workspace
    if workspace is None:
        return
    during = RULES[Verb(operation.verb)].during
    move(workspace, State.ERROR, from_=[during], error_code=code, error=problem, address=None)
    workspace_audit(SYSTEM, f"workspace.{operation.verb}.failed", workspace, code=code, reason=problem[:500])
    if operation.verb == Verb.CREATE:
        _discard(workspace)
    live.workspace_changed(workspace)
    settled_tell(workspace)


def _discard(workspace: Workspace) -> None:
    """One that was to be made whole or not at all is deleted again; the reason stays with the operation that failed.

    Files that were kept from an earlier workspace and were to come back with it are kept once more.
    """
    if not Setup.objects.filter(workspace=workspace, discard=True).exists():
        return
    if not move(workspace, State.DELETING, from_=[State.ERROR]):
        return
    earlier = Operation.objects.filter(workspace_public_id=workspace.public_id, verb=Verb.DELETE, keep_files=True)
    operation = Operation.objects.create(
        workspace=workspace,
        workspace_public_id=workspace.public_id,
        workspace_name=workspace.name,
        verb=Verb.DELETE,
        keep_files=earlier.exists(),
    )
    workspace_audit(SYSTEM, "workspace.delete", workspace, keep_files=operation.keep_files)
    operation_send(operation)
