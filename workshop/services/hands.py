"""A participant raises a hand, with a question or without, and it is lowered by them or by the leader."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.rate import rate_limit
from spaces_site.errors import Conflict, Invalid
from workshop.live import participant_changed, seat_changed
from workshop.models import Claim
from workshop.services.seated import claim_check, claim_meta
from workspaces.auditing import workspace_audit

NOTE_MOST = 300
RAISES_PER_HOUR = 60


def hand_raise(actor: Actor, claim: Claim, note: str = "") -> None:
    """The leader sees the hand and the question. Raised already is no error: it keeps its place, and the question is
    the new one.

    Who sits there, and who leads. Raises `NotFound` for others, `Invalid` (HAND_NOTE) for more than 300 characters,
    `Conflict` (CLAIM_OVER) for who has no seat any more, `TooMany`.
    """
    claim_check(actor, claim)
    note = " ".join(note.replace("\0", "").split())
    if len(note) > NOTE_MOST:
        text = _("At most %(most)d characters.") % {"most": NOTE_MOST}
        raise Invalid(text, code="HAND_NOTE", details={"note": text})
    rate_limit("hand", str(claim.pk), limit=RAISES_PER_HOUR, window=timedelta(hours=1))
    with transaction.atomic():
        active = Claim.objects.filter(pk=claim.pk, state=Claim.State.ACTIVE)
        is_new = bool(active.filter(hand_raised_at=None).update(hand_raised_at=timezone.now(), hand_note=note))
        if not is_new and not active.update(hand_note=note):
            raise Conflict(_("This seat is not yours any more."), code="CLAIM_OVER")
        if is_new and claim.workspace is not None:
            workspace_audit(actor, "workshop.hand.raise", claim.workspace, **claim_meta(claim))
        _tell(claim)


def hand_lower(actor: Actor, claim: Claim) -> None:
    """The hand is down, and the question gone. One that is not raised is no error. Who sits there, and who leads;
    raises `NotFound` for others."""
    claim_check(actor, claim)
    with transaction.atomic():
        raised = Claim.objects.filter(pk=claim.pk, hand_raised_at__isnull=False)
        if not raised.update(hand_raised_at=None, hand_note=""):
            return
        if claim.workspace is not None:
            workspace_audit(actor, "workshop.hand.lower", claim.workspace, **claim_meta(claim))
        _tell(claim)


def _tell(claim: Claim) -> None:
    if claim.seat is not None:
        seat_changed(claim.workshop, claim.seat.number)
    participant_changed(claim.guest_id)
