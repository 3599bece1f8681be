"""Carries out one operation: takes the workspace's lease, makes it true on the engine, settles both rows together."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from workspaces import live
from workspaces.engine import get_engine
from workspaces.engine.base import ContainerState, Engine, EngineError, EngineUnavailable
from workspaces.gateway.authorise import authorise_forget
from workspaces.giving_up import judge
from workspaces.keeping import files_kept
from workspaces.leases import lease
from workspaces.lifecycle.ensure import (
    ensure_paused,
    ensure_removed,
    ensure_reset,
    ensure_restarted,
    ensure_running,
    ensure_stopped,
)
from workspaces.models import Operation, Workspace
from workspaces.out_of_memory import out_of_memory_forget
from workspaces.problems import Failed, NotYet, Superseded
from workspaces.reasons import BUG, ENGINE_REFUSED, ENGINE_SILENT
from workspaces.sending import wake
from workspaces.settled import settled_tell
from workspaces.shell_history import history_wanted
from workspaces.states import OPEN_OPERATIONS, RULES, OperationState, State, Step, Verb
from workspaces.transitions import move, operation_finish, operation_report

LEASED_RETRY_SECONDS = 0.2
LOST_AFTER = timedelta(seconds=15)
"""A wake-up that was due in a second and has not come by then is not coming."""

log = logging.getLogger(__name__)


def perform(operation_id: str) -> None:
    """Afterwards the operation is done, or noted as to be tried again. A closed or unknown one is left alone."""
    operation = _open(operation_id)
    if operation is None:
        return
    if operation.workspace is None:  # its row went by another way, so there is nothing left to do
        operation_finish(operation, OperationState.DONE)
        return
    with lease(operation.workspace.pk) as mine:
        if mine and (fresh := _open(operation_id)) is not None:
            _attempt(fresh)
            return
    if not mine and operation.state == OperationState.QUEUED:
        # Another operation's worker is still at it. Where it is this one's, each message more would only ask for ever.
        wake(operation_id, delay_seconds=LEASED_RETRY_SECONDS)


def _open(operation_id: str) -> Operation | None:
    joined = ("workspace__kind", "workspace__owner", "workspace__snapshot", "backup")
    operations = Operation.objects.select_related(*joined)
    return operations.filter(pk=operation_id, state__in=OPEN_OPERATIONS).first()


def _attempt(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk, state__in=OPEN_OPERATIONS).update(
        state=OperationState.RUNNING, attempts=F("attempts") + 1, started_at=Coalesce("started_at", Now())
    )
    try:
        _settle(operation, _make_true(operation, get_engine()))
    except Superseded:
        return
    except NotYet as wait:
        # Waiting for an image is no attempt. The resend finds it as well, should this wake-up be lost, and only then:
        # each one that it sent besides would go on asking once a second until the image is there.
        Operation.objects.filter(pk=operation.pk).update(
            attempts=F("attempts") - 1,
            state=OperationState.QUEUED,
            next_try_at=timezone.now() + timedelta(seconds=wait.retry_seconds) + LOST_AFTER,
        )
        wake(str(operation.pk), delay_seconds=wait.retry_seconds)
    except Failed as problem:
        judge(operation, problem.code, str(problem), final=True)
    except EngineUnavailable as problem:
        judge(operation, "SERVICE_UNAVAILABLE", ENGINE_SILENT % {"text": problem})
    except EngineError as problem:
        judge(operation, "ENGINE_REFUSED", ENGINE_REFUSED % {"text": problem}, refused=True)
    except Exception:
        log.exception("operation %s on %s", operation.verb, operation.workspace_public_id)
        judge(operation, "INTERNAL_ERROR", BUG, refused=True)


def _make_true(operation: Operation, engine: Engine) -> ContainerState | None:
    workspace = operation.workspace
    assert workspace is not None

    def report(step: Step, percent: int, detail: str = "") -> None:
        if not operation_report(operation, step, percent, detail):
            raise Superseded
        live.workspace_changed(workspace)

    match operation.verb:
        case Verb.CREATE | Verb.CLONE | Verb.START | Verb.RESUME:
            return ensure_running(workspace, engine, report, operation.created_at)
        case Verb.RESTART:
            return ensure_restarted(workspace, engine, report, operation.created_at)
        case Verb.RESET:
            return ensure_reset(workspace, engine, report, operation.created_at, operation.backup)
        case Verb.PAUSE:
            return ensure_paused(workspace, engine, report)
        case Verb.STOP:
            ensure_stopped(workspace, engine, report)
        case Verb.DELETE:
            ensure_removed(workspace, engine, report, keep_files=operation.keep_files)
    return None


@transaction.atomic
def _settle(operation: Operation, state: ContainerState | None) -> None:
    """Close the operation and move the workspace, both or neither; neither when another operation took its place."""
    workspace = operation.workspace
    assert workspace is not None
    if not operation_finish(operation, OperationState.DONE):
        return
    rule = RULES[Verb(operation.verb)]
    live.workspace_changed(workspace)
    if rule.after is None:
        if operation.keep_files:
            files_kept(workspace)
        Workspace.objects.filter(pk=workspace.pk).delete()
    else:
        after = rule.after
        if operation.verb == Verb.PAUSE and state is None:
            after = State.STOPPED  # it had ended by itself before it could be paused
        move(workspace, after, from_=[rule.during], **_facts(after, state))
        if after == State.RUNNING:
            out_of_memory_forget(workspace)
        if after in (State.PAUSED, State.STOPPED):
            history_wanted(workspace)
        settled_tell(workspace)
    transaction.on_commit(lambda: authorise_forget(workspace.public_id), robust=True)


def _facts(after: State, state: ContainerState | None) -> dict[str, Any]:
    """What the row should say of the container, beside its state."""
    if after == State.STOPPED:
        return {"address": None, "stopped_at": timezone.now()}
    if state is None:
        return {}
    return {
        "address": state.address or None,
        "container_id": state.id,
        "started_at": state.started_at or timezone.now(),
    }
