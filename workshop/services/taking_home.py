"""What participants take home: a link to their work that needs no account, for as long as their files are kept."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from accounts.mail import mail_send
from accounts.rate import client_of, rate_limit
from spaces_site.errors import Invalid, NotFound, Unavailable
from workshop.keys import key_hash, key_new
from workshop.models import Claim, Workshop
from workshop.selectors import workshop_get
from workshop.sending import take_home_send
from workspaces.sealing import unseal_if_readable
from workspaces.states import HAS_NO_FILES

LOOKS = 120
DOWNLOADS = 60
"""Of one client within an hour: a class sits behind one address."""
MAILS = 5
"""To all of one workshop, likewise."""
WINDOW = timedelta(hours=1)

log = logging.getLogger(__name__)


def take_home_make(workshop: Workshop) -> int:
    """Everybody who has a seat or left something that is still kept has a link to it; how many are new. Twice is fine.

    In the caller's transaction.
    """
    made = []
    for claim in with_work(workshop).filter(take_home_hash=""):
        key = key_new()
        claim.take_home_hash, claim.take_home_sealed = key.hash, key.sealed
        made.append(claim)
    Claim.objects.bulk_update(made, ["take_home_hash", "take_home_sealed"])
    return len(made)


def with_work(workshop: Workshop) -> QuerySet[Claim]:
    """Its participants whose files are there, by when they came: each with `workspace` and `seat`."""
    return _with_work().filter(workshop=workshop).order_by("joined_at")


def take_home_address(claim: Claim) -> str:
    """The whole address of the link; "" when there is none, or it cannot be read since the site's key has changed."""
    key = unseal_if_readable(claim.take_home_sealed)
    return settings.BASE_URL + reverse("take-home", args=(key,)) if key else ""


def take_home_find(actor: Actor, key: str, *, download: bool = False) -> Claim:
    """The participant whose link has that key, with `workspace`. Raises `NotFound` when there is none, or what they
    left is not kept any more, and `TooMany`."""
    name, limit = ("take-home-download", DOWNLOADS) if download else ("take-home", LOOKS)
    rate_limit(name, client_of(actor.address), limit=limit, window=WINDOW)
    claim = _with_work().filter(take_home_hash=key_hash(key)).first() if key else None
    if claim is None:
        raise NotFound(_("This link does not work any more, or never did."), code="TAKE_HOME_GONE")
    return claim


def take_home_mail_ask(actor: Actor, workshop: Workshop) -> None:
    """Everybody with work here has a link, which is being mailed to them. Raises `NotFound`, `TooMany`, `Unavailable`
    (MAIL_UNAVAILABLE) where no mail is sent."""
    workshop = workshop_get(actor, workshop.slug)
    if not settings.MAIL_IS_SENT:
        raise Unavailable(_("Mail is not set up here."), code="MAIL_UNAVAILABLE")
    rate_limit("take-home-mail", str(workshop.pk), limit=MAILS, window=WINDOW)
    with transaction.atomic():
        take_home_make(workshop)
        audit(actor, "workshop.take_home", owner_id=workshop.owner_id, workshop=workshop.slug, title=workshop.title)
        take_home_send(workshop.pk)


def take_home_mail(workshop_id: int) -> int:
    """Each participant with a link has got it by mail; how many. What cannot be delivered is left out, and logged."""
    if not settings.MAIL_IS_SENT:
        return 0
    sent = 0
    for claim in _with_work().filter(workshop=workshop_id):
        address = take_home_address(claim)
        if not address:
            continue
        try:
            mail_send(_message(claim, address))
            sent += 1
        except (Unavailable, Invalid) as problem:
            log.warning("take-home link of claim %s: %s", claim.pk, problem.code)
    return sent


def _with_work() -> QuerySet[Claim]:
    now = timezone.now()
    is_kept = Q(files_until__gt=now) | Q(files_until=None, state=Claim.State.ACTIVE)
    found = Claim.objects.filter(is_kept, workspace__isnull=False).exclude(workspace__state__in=HAS_NO_FILES)
    return found.select_related("workspace__kind", "workspace__owner", "seat", "workshop", "guest")


def _message(claim: Claim, address: str) -> EmailMessage:
    with translation.override(claim.workshop.language or settings.LANGUAGE_CODE):
        at = date_format(claim.files_until, "DATETIME_FORMAT") if claim.files_until else ""
        until = _("Until %(at)s (UTC).") % {"at": at} if at else ""
        subject = _("Your work of “%(title)s”") % {"title": claim.workshop.title}
        body = _(
            "Hello %(name)s,\n\nthe workshop “%(title)s” is over. At this address you can download what you made:\n\n"
            "%(address)s\n\n%(until)s\nWhoever has the address has your files, so keep it to yourself.\n"
        ) % {"name": claim.name, "title": claim.workshop.title, "address": address, "until": until}
    return EmailMessage(subject=subject, body=body, to=[claim.email])

