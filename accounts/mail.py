"""Mail that carries a code, and the two ways of delivering it that Django lacks: a development inbox, and Airtable."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guests import is_guest_address
from spaces_site.errors import Invalid, Unavailable

logger = logging.getLogger(__name__)

INBOX_LIMIT = 50
AIRTABLE_TIMEOUT = 10
"""Seconds."""


class CodeMail(EmailMessage):
    """A mail whose `code` a backend can deliver by itself."""

    code: str = ""


def mail_send(message: EmailMessage) -> None:
    """Deliver it. Raises `Unavailable` (MAIL_UNAVAILABLE) when that fails, for whatever reason.

    `Invalid` (EMAIL_INVALID) for the address of a guest's account, where nobody reads.
    """
    if any(is_guest_address(to) for to in message.recipients()):
        raise Invalid(_("Invalid email format"), code="EMAIL_INVALID")
    try:
        message.send()
    except (OSError, ValueError) as error:  # SMTP's and urllib's errors are OSErrors
        logger.error("Mail could not be sent: %s", error)
        raise Unavailable(
            _("The mail could not be sent. Please try again later."), code="MAIL_UNAVAILABLE", retry_after=60
        ) from error


class DevelopmentBackend(BaseEmailBackend):
    """Shows mail on the console and keeps the newest for the development inbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            sys.stdout.write(f"\n--- Mail to {', '.join(message.to)}: {message.subject}\n{message.body}\n---\n")
            sys.stdout.flush()
            _keep(message)
        return len(email_messages)


def _inbox() -> Path:
    return Path(settings.DATA_DIR) / "inbox"


def _keep(message: EmailMessage) -> None:
    """Write it to a file of its own, readable by this user alone, and drop the oldest."""
    folder = _inbox()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mail = {
        "at": timezone.now().isoformat(),
        "to": list(message.to),
        "subject": str(message.subject),
        "body": str(message.body),
        "code": getattr(message, "code", ""),
    }
    path = folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(mail, file)
    for old in sorted(folder.glob("*.json"))[:-INBOX_LIMIT]:
        old.unlink(missing_ok=True)  # another process may have been faster


def inbox_messages() -> list[dict[str, Any]]:
    """The development inbox, newest first: `at` (ISO 8601), `to`, `subject`, `body`, `code`."""
    messages = []
    for path in sorted(_inbox().glob("*.json"), reverse=True):
        try:
            messages.append(json.loads(path.read_text()))
        except (FileNotFoundError, ValueError):  # dropped, or still being written
            continue
    return messages


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the API key to another host."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class AirtableBackend(BaseEmailBackend):
    """Adds one row per recipient to an Airtable table, where an automation of the base sends the mail.

    A code becomes `email` and `code` alone, the columns such a table is known to have: Airtable refuses a row with a
    column it lacks. Other mail is `email`, `subject`, `body`. https://airtable.com/developers/web/api/create-records
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        opener = urllib.request.build_opener(_NoRedirect)
        for message in email_messages:
            for to in message.recipients():
                with opener.open(_airtable_request([_airtable_row(message, to)]), timeout=AIRTABLE_TIMEOUT):
                    pass
        return len(email_messages)


def _airtable_row(message: EmailMessage, to: str) -> dict[str, str]:
    if code := getattr(message, "code", ""):
        return {"email": to, "code": code}
    return {"email": to, "subject": str(message.subject), "body": str(message.body)}


def _airtable_request(rows: Iterable[dict[str, str]]) -> urllib.request.Request:
    """`typecast` lets the code go into a column of numbers as well as one of text."""
    table = quote(settings.AIRTABLE_TABLE, safe="")
    return urllib.request.Request(  # noqa: S310 - the scheme is the administrator's
        f"{settings.AIRTABLE_API_URL}/{quote(settings.AIRTABLE_BASE_ID, safe='')}/{table}",
        data=json.dumps({"records": [{"fields": row} for row in rows], "typecast": True}).encode(),
        headers={"Authorization": f"Bearer {settings.AIRTABLE_API_KEY}", "Content-Type": "application/json"},
        method="POST",
    )
