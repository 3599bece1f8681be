"""Tells the leader's open pages that a workshop has changed. Losing such a message is harmless: pages also poll."""

from __future__ import annotations

from workshop.models import Claim, Workshop
from workspaces.live import STAFF_GROUP, tell_after_commit, user_group


def workshop_changed(workshop: Workshop) -> None:
    """After commit: something of it, its seats or its claims is another than before."""
    tell_after_commit([user_group(workshop.owner_id), STAFF_GROUP], {"type": "workshop", "id": workshop.slug})


def seat_changed(workshop: Workshop, number: int) -> None:
    """After commit: that seat, or the claim on it, is another than before."""
    what = {"type": "seat", "id": workshop.slug, "number": number}
    tell_after_commit([user_group(workshop.owner_id), STAFF_GROUP], what)


def participant_changed(guest_id: int | None) -> None:
    """After commit: there is something new for that participant (a message, another seat)."""
    if guest_id is not None:
        tell_after_commit([user_group(guest_id)], {"type": "seat-mine", "id": ""})


def participants_changed(workshop: Workshop) -> None:
    """After commit: the same for everybody who has a seat."""
    active = Claim.objects.filter(workshop=workshop, state=Claim.State.ACTIVE)
    for guest_id in active.values_list("guest_id", flat=True):
        participant_changed(guest_id)
