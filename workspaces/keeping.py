"""Files that stay when their workspace is deleted: noted then, given back to the next of that name, or removed."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.audit import audit
from spaces_site.errors import NotFound
from workspaces.engine.base import Engine, EngineError, EngineUnavailable
from workspaces.engine_state import engine_require
from workspaces.models import KeptFiles, Workspace
from workspaces.sending import kept_remove_send

log = logging.getLogger(__name__)


def files_kept(workspace: Workspace) -> KeptFiles:
    """The volume of a workspace that is about to lose its row is noted as kept, in the caller's transaction."""
    taken = {name.lower() for name in KeptFiles.objects.filter(owner=workspace.owner_id).values_list("name", flat=True)}
    name, number = workspace.name, 1
    while name.lower() in taken:
        number += 1
        name = f"{workspace.name[:90]} {number}"
    return KeptFiles.objects.create(
        owner_id=workspace.owner_id, name=name, public_id=workspace.public_id, kind=workspace.kind
    )


def kept_files_delete(actor: Actor, public_id: str) -> None:
    """The kept files will be gone, for good; asking twice is fine. For their owner and staff.

    Raises `NotFound`, `Unavailable` without engine.
    """
    whose = Q() if actor.is_staff else Q(owner=signed_in(actor))
    engine_require()
    with transaction.atomic():
        kept = KeptFiles.objects.filter(whose, public_id=public_id).first()
        if kept is None:
            raise NotFound(_("There are no such files."), code="KEPT_FILES_NOT_FOUND")
        if KeptFiles.objects.filter(pk=kept.pk, removing=False).update(removing=True):
            audit(actor, "files.discard", workspace=public_id, workspace_name=kept.name, owner_id=kept.owner_id)
            kept_remove_send(public_id)


def kept_remove(public_id: str, engine: Engine) -> None:
    """The volume is gone and the row with it, if its owner wished so; from then on no workspace can take it over."""
    kept = KeptFiles.objects.filter(public_id=public_id, removing=True).first()
    if kept is None:
        return
    engine.remove_helpers(public_id)
    engine.remove_volume(f"spaces-{public_id}")
    kept.delete()


def kept_resend(engine: Engine) -> int:
    """Remove what an earlier try has left, for the sweep; how many that were."""
    done = 0
    for public_id in KeptFiles.objects.filter(removing=True).values_list("public_id", flat=True):
        try:
            kept_remove(public_id, engine)
            done += 1
        except EngineUnavailable:
            raise
        except EngineError:
            log.exception("sweep: kept files of %s", public_id)
    return done
