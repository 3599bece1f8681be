"""One wish for many workspaces: each is asked in a transaction of its own, and one that is refused stops no other.

What is done then is done by their operations, which name the `Batch`. How far that is, `workspaces/batches.py` reads.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.actors import Actor, full_member
from spaces_site.errors import Invalid, NotFound, SpacesError
from workspaces.batches import batches_prune
from workspaces.engine_state import engine_require
from workspaces.models import Batch, Workspace
from workspaces.selectors import visible_to
from workspaces.services.chosen import chosen
from workspaces.services.work import workspace_ask
from workspaces.states import Verb

BULK_VERBS = (Verb.START, Verb.STOP, Verb.DELETE)


def bulk_request(actor: Actor, verb: Verb, public_ids: Iterable[str], *, keep_files: bool = False) -> Batch:
    """Each of those workspaces will be started, stopped or deleted, as if it had been asked for by itself.

    Those of which it cannot be asked are in `refused` with the reason; those that need nothing are in `already`. What
    the actor may not see is not there, as what is gone. Raises `Invalid` (BULK_VERB, BULK_LIMIT; BULK_EMPTY when
    nothing is left), `Unavailable` without engine.
    """
    user = full_member(actor)
    if verb not in BULK_VERBS:
        raise Invalid(_("This cannot be done to several workspaces at once."), code="BULK_VERB")
    ids = chosen(public_ids)
    found = {one.public_id: one for one in Workspace.objects.filter(visible_to(actor), public_id__in=ids)}
    if not found:
        raise Invalid(_("Choose at least one workspace first."), code="BULK_EMPTY")
    engine_require()
    batches_prune(user)
    batch = Batch.objects.create(actor=user, verb=verb, total=len(found))
    try:
        for public_id in ids:
            if public_id in found:
                _ask(actor, found[public_id], batch, keep_files)
    finally:
        counted = {"total": batch.total, "already": batch.already, "refused": batch.refused}
        Batch.objects.filter(pk=batch.pk).update(**counted)
    return batch


def _ask(actor: Actor, workspace: Workspace, batch: Batch, keep_files: bool) -> None:
    try:
        operation = workspace_ask(
            actor, workspace, Verb(batch.verb), keep_files=keep_files and batch.verb == Verb.DELETE, batch=batch
        )
    except NotFound:  # it went while the others were asked
        if batch.verb == Verb.DELETE:
            batch.already += 1
        else:
            batch.total -= 1
    except SpacesError as error:
        batch.refused.append(
            {"id": workspace.public_id, "name": workspace.name, "code": error.code, "message": str(error.message)}
        )
    else:
        batch.already += operation is None or operation.batch_id != batch.pk
