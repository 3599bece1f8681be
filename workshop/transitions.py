"""The only writers of the state of workshops and claims: conditional UPDATEs; one changed row means it was yours."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from workshop.models import Claim, Workshop


def workshop_move(workshop: Workshop, to: Workshop.State, *, from_: Collection[Workshop.State], **fields: Any) -> bool:
    """Put the row into `to` if it is in one of `from_`; true when it was. `workshop` then has the new values."""
    fields |= {"state": to, "state_changed_at": timezone.now()}
    if not Workshop.objects.filter(pk=workshop.pk, state__in=from_).update(**fields):
        return False
    for name, value in fields.items():
        setattr(workshop, name, value)
    return True


def claim_move(claim: Claim, to: Claim.State, *, from_: Collection[Claim.State], **fields: Any) -> bool:
    """The same for a claim."""
    fields |= {"state": to}
    if not Claim.objects.filter(pk=claim.pk, state__in=from_).update(**fields):
        return False
    for name, value in fields.items():
        setattr(claim, name, value)
    return True
