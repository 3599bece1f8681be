"""A workspace gets more memory or processors, while it runs and without losing anything."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Conflict, Invalid
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.engine_state import engine_info, engine_require
from workspaces.limits import check_resources, owner_lock
from workspaces.models import Workspace
from workspaces.selectors import workspace_managed
from workspaces.states import State

MIB = 1024**2


def workspace_resize(
    actor: Actor, workspace: Workspace, *, memory_mb: int | None = None, cpus: float | None = None
) -> Workspace:
    """The row says these limits (None: as they are), and a moment later so does the container, running or not.

    Raises `NotFound`, `Forbidden` (OWNER_ONLY), `Invalid` (details per field) beyond what its owner's may have or
    the machine has, `Conflict` (SIZE_IN_USE for less memory while it is used; WORKSPACE_STATE while it is deleted),
    `Unavailable` without engine.
    """
    workspace_managed(actor, workspace.public_id)
    engine_require()
    with transaction.atomic():
        owner = owner_lock(workspace.owner_id)
        workspace = workspace_managed(actor, workspace.public_id)
        memory_mb = workspace.memory_mb if memory_mb is None else memory_mb
        cpus = workspace.cpus if cpus is None else cpus
        if workspace.state == State.DELETING:
            raise Conflict(_("The workspace is being deleted."), code="WORKSPACE_STATE")
        before = {"memory_mb": workspace.memory_mb, "cpus": workspace.cpus}
        if before == {"memory_mb": memory_mb, "cpus": cpus}:
            return workspace
        check_resources(owner, memory_mb, cpus)
        _check_machine(memory_mb, cpus)
        if memory_mb < workspace.memory_mb and workspace.state not in (State.STOPPED, State.ERROR):
            raise Conflict(_("Stop the workspace first: programs in it may use the memory."), code="SIZE_IN_USE")
        Workspace.objects.filter(pk=workspace.pk).update(memory_mb=memory_mb, cpus=cpus)
        workspace.memory_mb, workspace.cpus = memory_mb, cpus
        workspace_audit(actor, "workspace.resize", workspace, memory_mb=memory_mb, cpus=cpus, before=before)
        _send(workspace.public_id)
        live.workspace_changed(workspace)
    return workspace


def _check_machine(memory_mb: int, cpus: float) -> None:
    """Raises `Invalid` for more than there is at all; that workspaces share what there is, is meant so."""
    info = engine_info()
    if info is None:
        return
    details = {}
    if memory_mb * MIB > info.memory_bytes:
        details["memory_mb"] = _("The machine has %(most)d MiB.") % {"most": info.memory_bytes // MIB}
    if cpus > info.cpus:
        details["cpus"] = _("The machine has %(most)d cores.") % {"most": info.cpus}
    if details:
        raise Invalid(_("The workspace cannot have that size."), details=details)


def _send(public_id: str) -> None:
    from workspaces.tasks import resize  # tasks import what sends them

    transaction.on_commit(lambda: resize.apply_async((public_id,), retry=False), robust=True)
