"""What the leader has to say, to all or to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.rate import rate_limit
from spaces_site.errors import Conflict, Invalid
from workshop.live import participant_changed, participants_changed, workshop_changed
from workshop.models import Claim, Message, Workshop
from workshop.selectors import workshop_get
from workshop.services.seated import claim_meta
from workspaces.auditing import workspace_audit

TEXT_MOST = 2000
MESSAGES_KEPT = 20
"""Of those to one participant; older ones go."""
PER_HOUR = 600


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a participant reads it. `to_all`: everybody has it."""

    text: str
    at: datetime
    to_all: bool


def message_all(actor: Actor, workshop: Workshop, text: str) -> Workshop:
    """All participants read `text`, also those who come later, instead of what was said to all before; "" for nothing.

    Raises `NotFound` for who does not lead it, `Invalid` (MESSAGE_INVALID) for more than 2000 characters, `TooMany`.
    """
    workshop = workshop_get(actor, workshop.slug)
    text = _clean(text)
    _limit(actor)
    with transaction.atomic():
        found = Workshop.objects.filter(pk=workshop.pk)
        found.update(message=text, message_at=timezone.now() if text else None)
        audit(actor, "workshop.message", owner_id=workshop.owner_id, workshop=workshop.slug, characters=len(text))
        workshop_changed(workshop)
        participants_changed(workshop)
    return found.get()


def message_one(actor: Actor, claim: Claim, text: str) -> Message:
    """That participant reads `text`. Raises as `message_all`, `Invalid` also for no text, and `Conflict` (CLAIM_OVER)
    for who has no seat any more."""
    workshop_get(actor, claim.workshop.slug)
    text = _clean(text)
    if not text:
        wrong = _("Write something first.")
        raise Invalid(wrong, code="MESSAGE_INVALID", details={"text": wrong})
    _limit(actor)
    with transaction.atomic():
        if not Claim.objects.select_for_update().filter(pk=claim.pk, state=Claim.State.ACTIVE).exists():
            raise Conflict(_("That participant has no seat any more."), code="CLAIM_OVER")
        message = Message.objects.create(claim=claim, text=text)
        kept = Message.objects.filter(claim=claim).values_list("pk", flat=True)[:MESSAGES_KEPT]
        Message.objects.filter(claim=claim).exclude(pk__in=list(kept)).delete()
        if claim.workspace is not None:
            meta = claim_meta(claim) | {"characters": len(text)}
            workspace_audit(actor, "workshop.message.one", claim.workspace, **meta)
        participant_changed(claim.guest_id)
    return message


def messages_for(claim: Claim) -> list[Said]:
    """What that participant has to read, newest first: what is said to all, and what was said to them."""
    said = [Said(message.text, message.created_at, False) for message in claim.messages.all()]
    workshop = claim.workshop
    if workshop.message and workshop.message_at:
        said.append(Said(workshop.message, workshop.message_at, True))
    return sorted(said, key=lambda one: one.at, reverse=True)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > TEXT_MOST:
        wrong = _("At most %(most)d characters.") % {"most": TEXT_MOST}
        raise Invalid(wrong, code="MESSAGE_INVALID", details={"text": wrong})
    return text


def _limit(actor: Actor) -> None:
    if actor != SYSTEM and actor.user is not None:
        rate_limit("workshop.message", str(actor.user.pk), limit=PER_HOUR, window=timedelta(hours=1))
