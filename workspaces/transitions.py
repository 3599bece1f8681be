"""The only writers of the state of workspaces and operations.

Each is a conditional UPDATE, where one changed row means that it was yours to change.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from workspaces.models import Operation, Workspace
from workspaces.states import OPEN_OPERATIONS, OperationState, State, Step


def move(workspace: Workspace, to: State, *, from_: Collection[State], **fields: Any) -> bool:
    """Put the row into `to` if it is in one of `from_`; true when it was. `workspace` then has the new values."""
    fields |= {"state": to, "state_changed_at": timezone.now()}
    if not Workspace.objects.filter(pk=workspace.pk, state__in=from_).update(**fields):
        return False
    for name, value in fields.items():
        setattr(workspace, name, value)
    return True


def operation_supersede(workspace: Workspace) -> int:
    """End whatever is open on the workspace, because something newer takes its place; how many there were (0 or 1)."""
    return Operation.objects.filter(workspace=workspace, state__in=OPEN_OPERATIONS).update(
        state=OperationState.SUPERSEDED, finished_at=timezone.now()
    )


def operation_report(operation: Operation, step: Step, percent: int, detail: str = "") -> bool:
    """Note how far an operation is; false when it is no longer open, so that its worker stops."""
    operation.step, operation.percent, operation.detail = step, percent, detail[:300]
    return bool(
        Operation.objects.filter(pk=operation.pk, state__in=OPEN_OPERATIONS).update(
            step=step, percent=percent, detail=operation.detail
        )
    )


def operation_finish(operation: Operation, state: OperationState, *, error_code: str = "", error: str = "") -> bool:
    """Close an open operation as done or failed; false when it was closed already."""
    done = {"step": Step.DONE, "percent": 100} if state == OperationState.DONE else {}
    return bool(
        Operation.objects.filter(pk=operation.pk, state__in=OPEN_OPERATIONS).update(
            state=state, finished_at=timezone.now(), error_code=error_code, error=error, **done
        )
    )
