"""Who may act for a participant: they themselves, whatever account they came with, and who leads."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import NotFound
from workshop.models import Claim, Workshop
from workshop.selectors import may_lead
from workspaces.selectors import may_use


def leads(actor: Actor, workshop: Workshop) -> bool:
    """Whether the workshop is one of the actor's."""
    is_own = actor.user is not None and workshop.owner_id == actor.user.pk
    return actor.is_staff or (is_own and may_lead(actor))


def claim_check(actor: Actor, claim: Claim) -> None:
    """Raises `NotFound` unless the actor sits there (may work in the claim's workspace), or leads the workshop."""
    if leads(actor, claim.workshop):
        return
    is_guest = actor.user is not None and actor.user.is_active and claim.guest_id == actor.user.pk
    if not is_guest and not (claim.state == Claim.State.ACTIVE and claim.workspace and may_use(actor, claim.workspace)):
        raise NotFound(_("There is no such participant."), code="CLAIM_NOT_FOUND")


def claim_meta(claim: Claim) -> dict[str, Any]:
    """What an audit event about a participant says beside the workspace."""
    return {"workshop": claim.workshop.slug, "seat": claim.seat.number if claim.seat else None}
