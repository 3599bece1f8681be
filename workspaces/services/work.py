"""Start, stop, restart, pause, resume, delete: a row moves, an operation is queued, a worker does the rest.

Asking twice is not an error. A newer wish takes the place of one that is not done yet. `password`: as `password_ask`
has it, for those who are not the owner.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from spaces_site.errors import Conflict
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine_state import engine_require
from workspaces.limits import check_may_keep_files, check_may_run_another, owner_lock
from workspaces.models import Batch, Operation, Workspace
from workspaces.selectors import workspace_managed, workspace_usable
from workspaces.sending import operation_send
from workspaces.services.protection import password_ask
from workspaces.states import OPEN_OPERATIONS, RULES, RUNNING_OR_SOON, State, Verb
from workspaces.transitions import move, operation_supersede


@dataclass(frozen=True, slots=True)
class Because:
    """Why the platform itself asks, which its row and the audit keep. `still`: whether it is to be done all the same,
    of the workspace as it is when nobody else can ask any more."""

    code: str
    reason: str
    still: Callable[[Workspace], bool]


def workspace_start(actor: Actor, workspace: Workspace, *, password: str | None = "") -> Operation | None:
    """It will run, whatever it was; a paused one goes on where it was. None when there is nothing to do.

    Raises `NotFound`, `Forbidden` (RUNNING_LIMIT, VIEWER_ONLY, WORKSPACE_PASSWORD), `Conflict` while it is being
    deleted, `Unavailable` without engine.
    """
    return _request(actor, workspace, Verb.START, password)


def workspace_stop(actor: Actor, workspace: Workspace, *, password: str | None = "") -> Operation | None:
    """It will not run; files and packages stay. None when there is nothing to do. Raises as `workspace_start`."""
    return _request(actor, workspace, Verb.STOP, password)


def workspace_restart(actor: Actor, workspace: Workspace, *, password: str | None = "") -> Operation | None:
    """It will have been stopped and started again; a stopped one is started. Raises as `workspace_start`."""
    return _request(actor, workspace, Verb.RESTART, password)


def workspace_pause(actor: Actor, workspace: Workspace, *, password: str | None = "") -> Operation | None:
    """Its processes will be frozen, memory kept. Raises as `workspace_start`, and `Conflict` when it does not run."""
    return _request(actor, workspace, Verb.PAUSE, password)


def workspace_resume(actor: Actor, workspace: Workspace, *, password: str | None = "") -> Operation | None:
    """A paused one will go on. Raises as `workspace_start`, and `Conflict` when it is stopped."""
    return _request(actor, workspace, Verb.RESUME, password)


def workspace_delete(
    actor: Actor, workspace: Workspace, *, keep_files: bool = False, password: str | None = ""
) -> Operation | None:
    """Container, network, volume and row will be gone; this cannot be undone. None when that is under way already.

    With `keep_files` the volume stays, and the owner's next workspace of that name has it again. Raises as
    `workspace_start`, `Forbidden` (OWNER_ONLY), `Conflict` (KEPT_LIMIT).
    """
    workspace_managed(actor, workspace.public_id)
    return _request(actor, workspace, Verb.DELETE, password, keep_files=keep_files)


def workspace_ask(
    actor: Actor, workspace: Workspace, verb: Verb, *, keep_files: bool = False, batch: Batch | None = None
) -> Operation | None:
    """The same for any verb, as part of a `batch`; the password is asked for as if none was given."""
    if verb == Verb.DELETE:
        workspace_managed(actor, workspace.public_id)
    return _request(actor, workspace, verb, "", keep_files=keep_files, batch=batch)


def workspace_rest(workspace: Workspace, verb: Verb, because: Because) -> Operation | None:
    """Pause or stop it for the platform itself; None when there is nothing to do any more. Raises as
    `workspace_pause`."""
    return _request(SYSTEM, workspace, verb, None, because=because)


def _request(
    actor: Actor,
    workspace: Workspace,
    verb: Verb,
    password: str | None,
    *,
    keep_files: bool = False,
    batch: Batch | None = None,
    because: Because | None = None,
) -> Operation | None:
    rule = RULES[verb]
    workspace = workspace_usable(actor, workspace.public_id)
    password_ask(actor, workspace, password)
    if workspace.state in rule.already:
        return _open_operation(workspace)
    engine_require()
    with transaction.atomic():
        owner = owner_lock(workspace.owner_id)
        workspace = workspace_usable(actor, workspace.public_id)  # as it is now, under the lock
        if workspace.state in rule.already:
            return _open_operation(workspace)
        if because is not None and not because.still(workspace):
            return None
        if workspace.state not in rule.begins:
            raise _does_not_fit(workspace, verb)
        if rule.after == State.RUNNING and workspace.state not in RUNNING_OR_SOON and not workspace.is_seat:
            check_may_run_another(owner, besides=workspace)
        if keep_files:
            check_may_keep_files(owner)
        operation_supersede(workspace)
        # Or one that was not used for long would sleep again at once.
        used = {"last_activity_at": timezone.now()} if rule.after == State.RUNNING else {}
        code, reason = (because.code, because.reason) if because else ("", "")
        if not move(workspace, rule.during, from_=rule.begins, error=reason, error_code=code, **used):
            raise _does_not_fit(workspace, verb)
        operation = Operation.objects.create(
            workspace=workspace,
            workspace_public_id=workspace.public_id,
            workspace_name=workspace.name,
            actor=actor.user,
            verb=verb,
            batch=batch,
            keep_files=keep_files,
        )
        meta = {"keep_files": keep_files} if verb == Verb.DELETE else {"code": code, "reason": reason} if code else {}
        workspace_audit(actor, f"workspace.{verb}", workspace, **meta)
        operation_send(operation)
        live.workspace_changed(workspace)
    return operation


def _open_operation(workspace: Workspace) -> Operation | None:
    return Operation.objects.filter(workspace=workspace, state__in=OPEN_OPERATIONS).first()


def _does_not_fit(workspace: Workspace, verb: Verb) -> Conflict:
    return Conflict(
        _("This cannot be done now: the workspace is %(state)s.") % {"state": State(workspace.state).label},
        code="WORKSPACE_STATE",
        details={"state": str(workspace.state), "verb": str(verb)},
    )
