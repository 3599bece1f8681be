"""Six-digit codes by e-mail: who can read a mailbox is its owner (OWASP ASVS 5.0, 6.5 and 6.6).

Only the newest code of an address counts, once, for five minutes and five tries. Nothing here looks at accounts, so
neither an answer nor its time tells whether an address has one.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from accounts.mail import CodeMail, mail_send
from accounts.models import EmailCode
from accounts.rate import client_of, rate_limit
from accounts.services.fields import code_clean, email_clean
from spaces_site.errors import Invalid, Unavailable

LIFETIME = timedelta(minutes=5)
TRIES = 5
WINDOW = timedelta(minutes=15)
SEND_PER_ADDRESS = 3
"""Mails to one mailbox in `WINDOW`."""
SEND_PER_CLIENT = 30
"""From one client in `WINDOW`, whatever the mailbox: a class of thirty sits behind one address and signs in at once.
The stricter number still holds for each mailbox."""
TRY_PER_CLIENT = 100
"""Codes one client may try in `WINDOW`, over all addresses."""


def code_send(actor: Actor, email: str, *, language: str | None = None) -> None:
    """Afterwards a new code is on its way to `email`, in `language` (the active one), and older ones are void.

    Raises `Invalid`, `TooMany`, and `Unavailable` when the mail cannot be sent; then there is no code either.
    """
    email = email_clean(email)
    rate_limit("send-client", client_of(actor.address), limit=SEND_PER_CLIENT, window=WINDOW)
    rate_limit("send-address", email, limit=SEND_PER_ADDRESS, window=WINDOW)
    code = f"{secrets.randbelow(10**6):06d}"
    now = timezone.now()
    with transaction.atomic():
        EmailCode.objects.filter(email=email).delete()
        row = EmailCode.objects.create(
            email=email, code_hash=_hash(email, code), created_at=now, expires_at=now + LIFETIME
        )
        audit(actor, "code.send", email=email)
    # After the commit, since a mail cannot be taken back; not in `on_commit`, since the caller must learn of a failure.
    try:
        mail_send(_message(email, code, language))
    except Unavailable:
        row.delete()
        raise


def code_check(actor: Actor, email: str, code: str) -> EmailCode:
    """The row that `code` fits, still unused. Raises CODE_INVALID after counting the try, `TooMany` for a busy client.

    Call it outside of a transaction: a rollback would forget the try.
    """
    email, code = email_clean(email), code_clean(code)
    rate_limit("code-try", client_of(actor.address), limit=TRY_PER_CLIENT, window=WINDOW)
    row = EmailCode.objects.filter(email=email).order_by("-created_at", "-pk").first()
    # The try is counted before the code is compared, or a hundred threads would have a hundred tries.
    counted = row is not None and _usable(row).filter(tries__lt=TRIES).update(tries=F("tries") + 1)
    fits = constant_time_compare(row.code_hash if row else "", _hash(email, code))
    if row is None or not counted or not fits:
        audit(actor, "user.sign_in_refused", email=email, reason="code")
        raise _refused()
    _usable(row).update(tries=F("tries") - 1)  # the right code is no guess: it may come again with another name
    return row


def code_use(row: EmailCode) -> None:
    """Afterwards the code is used; one caller of many succeeds, the others get CODE_INVALID."""
    if not _usable(row).update(used_at=timezone.now()):
        raise _refused()


def _usable(row: EmailCode) -> QuerySet[EmailCode]:
    return EmailCode.objects.filter(pk=row.pk, used_at=None, expires_at__gt=timezone.now())


def _refused() -> Invalid:
    message = _("Invalid or expired verification code")
    return Invalid(message, code="CODE_INVALID", details={"code": message})


def _hash(email: str, code: str) -> str:
    """Keyed, as six digits are soon tried out: a copy of the database without the key is of no use."""
    return salted_hmac("accounts.code", f"{email}\n{code}", algorithm="sha256").hexdigest()


def _message(email: str, code: str, language: str | None) -> CodeMail:
    with translation.override(language or translation.get_language()):
        subject = _("Your code for Spaces")
        body = _(
            "Your code is %(code)s\n\n"
            "It is valid for %(minutes)d minutes and can be used once. Nobody from Spaces will ever ask you for it.\n"
            "If you did not ask for a code, ignore this mail."
        ) % {"code": code, "minutes": LIFETIME // timedelta(minutes=1)}
    message = CodeMail(subject=subject, body=body, to=[email])
    message.code = code
    return message
