"""Somebody comes by the address of a seat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from accounts.rate import client_of, rate_limit
from spaces_site.errors import NotFound
from workshop.live import seat_changed
from workshop.models import Claim
from workshop.services.claiming import claim_of_key, workspace_wake
from workspaces import live
from workspaces.auditing import workspace_audit
from workspaces.models import Share, Workspace
from workspaces.selectors import may_enter
from workspaces.services.used import workspace_used

WRONG_KEYS = 60
WINDOW = timedelta(minutes=15)
"""Addresses that lead nowhere, from one client in `WINDOW`."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whose session the browser is to have, and where it goes."""

    claim: Claim
    user: User
    workspace: Workspace


def seat_find(actor: Actor, key: str) -> Claim:
    """The claim whose address has that key: it has a seat, or waits for one. Changes nothing.

    Raises `NotFound` (SEAT_NOT_FOUND) for a key that nobody has and for one that is over, in the same words, and
    `TooMany` for who keeps on guessing.
    """
    claim = claim_of_key(key)
    if claim is not None and claim.state == Claim.State.WAITING:
        return claim
    if claim is not None and claim.state == Claim.State.ACTIVE and claim.workspace and claim.guest is not None:
        return claim
    rate_limit("workshop-key", client_of(actor.address), limit=WRONG_KEYS, window=WINDOW)
    raise NotFound(_("This address leads to no seat, or not any more."), code="SEAT_NOT_FOUND")


def seat_arrive(actor: Actor, claim: Claim) -> Arrival:
    """The participant is there: the seat counts as opened, and its workspace wakes up.

    Who is signed in with an account of their own stays that, and becomes an editor of the workspace; everybody else is
    the seat's guest from now on.
    """
    workspace, user = claim.workspace, _who(actor, claim)
    assert workspace is not None
    if not may_enter(user.pk, user.runs_the_site, workspace):
        _let_in(actor, workspace, user)
    if claim.opened_at is None:
        _open_first(actor, claim, workspace)
    workspace_used(workspace.pk, opened=True)
    workspace_wake(workspace)
    return Arrival(claim, user, workspace)


def _who(actor: Actor, claim: Claim) -> User:
    if actor.user is not None and actor.user.is_active and not actor.user.is_guest:
        return actor.user
    assert claim.guest is not None
    return claim.guest


def _let_in(actor: Actor, workspace: Workspace, user: User) -> None:
    with transaction.atomic():
        Share.objects.update_or_create(workspace=workspace, user=user, defaults={"role": Share.Role.EDITOR})
        workspace_audit(actor, "share.add", workspace, user=user.username, role=Share.Role.EDITOR)
        live.shares_changed(workspace, user.pk)


def _open_first(actor: Actor, claim: Claim, workspace: Workspace) -> None:
    with transaction.atomic():
        if not Claim.objects.filter(pk=claim.pk, opened_at=None).update(opened_at=timezone.now()):
            return
        number = claim.seat.number if claim.seat else None
        workspace_audit(actor, "workshop.seat.open", workspace, workshop=claim.workshop.slug, seat=number)
        if number is not None:
            seat_changed(claim.workshop, number)
