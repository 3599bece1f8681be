"""Workspaces that nobody uses are put to rest; people keep them running, or awake for some hours."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import Invalid, SpacesError, Unavailable
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.idle import UNUSED_CODE, idle_candidates, idle_of, unused_reason
from workspaces.models import Workspace
from workspaces.selectors import workspace_managed, workspace_usable
from workspaces.services.used import workspace_used
from workspaces.services.work import Because, workspace_rest
from workspaces.states import Verb

MOST_HOURS = 24
"""For which one person may keep a workspace awake at once: who goes on may say so again."""
log = logging.getLogger(__name__)


def workspace_keep_running(actor: Actor, workspace: Workspace) -> None:
    """It counts as used just now, which puts off its rest. Raises `NotFound`, `Forbidden` (VIEWER_ONLY)."""
    workspace = workspace_usable(actor, workspace.public_id)
    with transaction.atomic():
        workspace_used(workspace.pk, opened=False)
        live.workspace_changed(workspace)


def workspace_keep_awake(actor: Actor, workspace: Workspace, hours: int) -> datetime | None:
    """It is not put to rest for `hours` from now, whoever uses it; 0: it is again when nobody does. Until when.

    It is not woken by this. Raises `Invalid` (HOURS_INVALID), `NotFound`, `Forbidden` (OWNER_ONLY, VIEWER_ONLY).
    """
    workspace = workspace_managed(actor, workspace.public_id)
    if not 0 <= hours <= MOST_HOURS:
        text = _("Between 0 and %(most)d hours.") % {"most": MOST_HOURS}
        raise Invalid(text, code="HOURS_INVALID", details={"hours": text})
    until = timezone.now() + timedelta(hours=hours) if hours else None
    keep_awake_set(actor, [workspace], until)
    return until


def keep_awake_set(actor: Actor, workspaces: Iterable[Workspace], until: datetime | None) -> None:
    """None of these is put to rest before `until`; None: as if it had never been set. For a whole class at once: that
    the actor may do this is for the caller to check."""
    found = list(workspaces)
    with transaction.atomic():
        Workspace.objects.filter(pk__in=[workspace.pk for workspace in found]).update(keep_awake_until=until)
        for workspace in found:
            workspace.keep_awake_until = until
            workspace_audit(
                actor, "workspace.keep_awake", workspace, until=until.isoformat(timespec="seconds") if until else ""
            )
            live.workspace_changed(workspace)


def idle_round() -> int:
    """Put to rest what nobody uses, and have pages warn of it; how many were asked to. Twice is fine.

    No question to the engine but whether it answers. What is left over when that does not, the next round finds.
    """
    asked = 0
    now = timezone.now()
    for workspace in list(idle_candidates(now)):
        idle = idle_of(workspace, now)
        if idle.due is not None:
            try:
                asked += _rest(workspace, idle.due, idle.unused)
            except Unavailable:
                log.warning("idle: the engine does not answer")
                break
        elif idle.warns(now):
            live.workspace_changed(workspace)
    return asked


def _rest(workspace: Workspace, verb: Verb, unused: timedelta) -> bool:
    """Whether it was asked to. Somebody may have used, woken or deleted it since it was looked for."""

    def still(fresh: Workspace) -> bool:
        return idle_of(fresh, timezone.now()).due == verb

    try:
        return workspace_rest(workspace, verb, Because(UNUSED_CODE, unused_reason(unused), still)) is not None
    except Unavailable:
        raise
    except SpacesError as error:
        log.info("idle: %s of %s: %s", verb, workspace.public_id, error)
    except Exception:  # one that cannot be put to rest must not keep the others awake
        log.exception("idle: %s of %s", verb, workspace.public_id)
    return False
