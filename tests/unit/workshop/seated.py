"""Somebody on a seat, as after a claim; made without the services of claims."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import User
from workshop.keys import key_new
from workshop.models import Claim, Seat, Workshop
from workspaces.models import Share, Workspace


def seat_taken(workshop: Workshop, number: int, name: str, guest: User | None = None, **columns: Any) -> Claim:
    """`name` has that seat, with an account of a guest's of their own unless one is given."""
    seat, key = Seat.objects.get(workshop=workshop, number=number), key_new()
    own = f"{workshop.pk}-{number}"  # as nobody else on a site with several workshops
    guest = guest or User.objects.create_user(f"guest-{name}-{own}@guests.invalid", f"{name} #{own}", is_guest=True)
    assert seat.workspace is not None
    values: dict[str, Any] = {
        "seat": seat, "workspace": seat.workspace, "workspace_public_id": seat.workspace.public_id, "name": name,
        "email": f"{name.lower()}@example.com", "key_hash": key.hash, "key_sealed": key.sealed, "guest": guest,
        "claimed_at": timezone.now(),
    }  # fmt: skip
    Share.objects.create(workspace=seat.workspace, user=guest, role=Share.Role.EDITOR)
    return Claim.objects.create(workshop=workshop, **values | columns)


def guest_of(claim: Claim) -> User:
    assert claim.guest is not None
    return claim.guest


def space_of(claim: Claim) -> Workspace:
    assert claim.workspace is not None
    return claim.workspace
