"""A workspace leaves its seat: nobody but its owner gets into it any more, and it is kept for a while or deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actors import SYSTEM
from spaces_site.errors import SpacesError
from workspaces import live
from workspaces.gateway.authorise import authorise_forget
from workspaces.models import Alias, Favorite, GatewaySession, GatewayTicket, PortShare, Share, Workspace
from workspaces.services.names import MOST
from workspaces.services.work import workspace_delete, workspace_stop
from workspaces.states import State

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def seat_retire(workspace: Workspace, *, keep_until: datetime | None, retired_name: str, taken: set[str]) -> None:
    """It is asked to stop, called `<name> – <retired_name>`, in no group, opened to nobody, and deleted at
    `keep_until`; at once for None. `taken`: names of its owner's workspaces in small letters, which it adds its own to.

    In the caller's transaction, under its owner's lock. Where the engine is away it rests when nobody has used
    it for a while, as any workspace is.
    """
    entries_remove([workspace])
    workspace.name = name_free(f"{workspace.name} – {_CONTROL.sub(' ', retired_name).strip() or '…'}", taken)
    Workspace.objects.filter(pk=workspace.pk).update(
        name=workspace.name,
        group=None,
        keep_awake_until=None,
        idle_stop_minutes=None,
        is_seat=True,  # one that was adopted takes none of its owner's places while it is only kept
        expires_at=keep_until or timezone.now(),
    )
    _rest(workspace, is_over=keep_until is None)
    live.workspace_changed(workspace)


def entries_remove(workspaces: Sequence[Workspace]) -> None:
    """In the caller's transaction: no share, link, name, password, ticket or session leads into these any more. Who
    owns them and who runs the site still may."""
    pks = [workspace.pk for workspace in workspaces]
    shared = list(Share.objects.filter(workspace__in=pks).values_list("workspace_id", "user_id"))
    for entries in (Share, PortShare, Alias, GatewaySession, GatewayTicket):
        entries.objects.filter(workspace__in=pks).delete()
    Favorite.objects.filter(workspace__in=pks).exclude(user=F("workspace__owner")).delete()
    Workspace.objects.filter(pk__in=pks).update(password_encrypted="", password_version=F("password_version") + 1)
    by_pk = {workspace.pk: workspace for workspace in workspaces}
    for pk, user_id in shared:
        live.shares_changed(by_pk[pk], user_id)
    for workspace in workspaces:
        transaction.on_commit(lambda it=workspace.public_id: authorise_forget(it), robust=True)  # type: ignore[misc]


def name_free(base: str, taken: set[str]) -> str:
    """`base`, or `base (2)`, `base (3)` …: the first that is not taken, which it is from now on."""
    name, number = base[:MOST].rstrip(), 1
    while name.lower() in taken:
        number += 1
        end = f" ({number})"
        name = base[: MOST - len(end)].rstrip() + end
    taken.add(name.lower())
    return name


def _rest(workspace: Workspace, *, is_over: bool) -> None:
    if workspace.state == State.DELETING:
        return
    try:
        with transaction.atomic():
            if is_over:
                workspace_delete(SYSTEM, workspace, password=None)
            else:
                workspace_stop(SYSTEM, workspace, password=None)
    except SpacesError:
        return  # what is to be deleted or put to rest is found by those who look for that
