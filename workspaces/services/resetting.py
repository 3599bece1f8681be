"""A workspace is made anew from a snapshot: same name, same address, other container and files."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine_state import engine_require
from workspaces.limits import check_may_run_another, owner_lock
from workspaces.models import Operation, Snapshot, Workspace
from workspaces.selectors import workspace_managed
from workspaces.sending import operation_send
from workspaces.services.cloning import has_content, snapshot_ask
from workspaces.snapshots.waiting import WAITS
from workspaces.states import OPEN_OPERATIONS, RULES, RUNNING_OR_SOON, State, Verb
from workspaces.transitions import move, operation_supersede


def workspace_reset(
    actor: Actor, workspace: Workspace, snapshot: Snapshot, *, backup: bool = False
) -> tuple[Operation, Snapshot | None]:
    """It will run with the files and programs of `snapshot`, and what is in it now will be gone; with `backup` a
    snapshot of that is taken first, without which nothing is removed. Both are returned; the caller refers to the
    backup in the same transaction, or it is cleared away. None is taken where there is nothing in it yet. Asking for
    the same again while it is under way changes nothing, and brings no other backup.

    Raises `NotFound`, `Forbidden` (OWNER_ONLY, RUNNING_LIMIT), `Conflict` while it is made or deleted, `Unavailable`.
    """
    engine_require()
    rule = RULES[Verb.RESET]
    with transaction.atomic():
        owner = owner_lock(workspace.owner_id)
        workspace = workspace_managed(actor, workspace.public_id)
        under_way = Operation.objects.filter(workspace=workspace, state__in=OPEN_OPERATIONS, verb=Verb.RESET)
        if workspace.snapshot_id == snapshot.pk and (operation := under_way.first()):
            return operation, None
        if workspace.state not in rule.begins:
            raise Conflict(
                _("This cannot be done now: the workspace is %(state)s.") % {"state": State(workspace.state).label},
                code="WORKSPACE_STATE",
                details={"state": str(workspace.state), "verb": str(Verb.RESET)},
            )
        if workspace.state not in RUNNING_OR_SOON and not workspace.is_seat:
            check_may_run_another(owner, besides=workspace)
        kept = snapshot_ask(workspace, Snapshot.Purpose.BACKUP) if backup and has_content(workspace) else None
        operation_supersede(workspace)
        move(workspace, rule.during, from_=rule.begins, snapshot=snapshot, error="", error_code="", address=None)
        operation = Operation.objects.create(
            workspace=workspace,
            workspace_public_id=workspace.public_id,
            workspace_name=workspace.name,
            actor=actor.user,
            verb=Verb.RESET,
            backup=kept,
            next_try_at=timezone.now() + (WAITS if kept else timedelta(0)),
        )
        workspace_audit(actor, "workspace.reset", workspace, to=snapshot.source_name, backup=kept is not None)
        if kept is None:  # else whoever takes the backup wakes it
            operation_send(operation)
        live.workspace_changed(workspace)
    return operation, kept
