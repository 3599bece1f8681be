"""Who claims: what they type, the access code, and the account without sign-in that stands for them."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import timedelta

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.audit import audit
from accounts.guests import GUEST_DOMAIN, is_guest_address
from accounts.models import User
from accounts.rate import client_of, rate_check, rate_limit
from spaces_site.errors import Forbidden, Invalid
from workshop.models import Workshop
from workshop.texts import text
from workspaces.sealing import unseal_if_readable

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
NAME_MOST, EMAIL_MOST, USERNAME_MOST = 100, 254, 30
WINDOW = timedelta(minutes=15)
WRONG_CODES = 100
"""Access codes that do not fit, from one client in `WINDOW`; a class of three hundred sits behind one address."""


def name_clean(name: str) -> str:
    """The name on one line, without what cannot be seen. Raises `Invalid` (NAME_REQUIRED)."""
    name = " ".join("".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co")).split())
    if not name:
        raise _invalid("name", "NAME_REQUIRED", text("NAME_REQUIRED"))
    return name[:NAME_MOST].rstrip()


def email_clean(email: str) -> str:
    """The address in lower case. Raises `Invalid` (EMAIL_INVALID)."""
    email = email.strip().lower()
    is_text = email.isprintable() and len(email) <= EMAIL_MOST
    if not is_text or not EMAIL.fullmatch(email) or is_guest_address(email):
        raise _invalid("email", "EMAIL_INVALID", text("EMAIL_INVALID"))
    return email


def access_check(actor: Actor, workshop: Workshop, code: str) -> None:
    """Raises `Forbidden` (ACCESS_CODE) when `code` is not what the workshop asks for, `TooMany` for who keeps guessing.

    Only wrong ones are counted, so any number of people may come with the right one at the same moment. Call it outside
    of a transaction.
    """
    if not workshop.access_code_sealed:
        return
    who = f"{workshop.pk} {client_of(actor.address)}"
    rate_check("workshop-code", who, limit=WRONG_CODES, window=WINDOW)
    wanted = unseal_if_readable(workshop.access_code_sealed)  # where it cannot be read nobody gets in
    if wanted and constant_time_compare(_plain(code), _plain(wanted)):
        return
    rate_limit("workshop-code", who, limit=WRONG_CODES, window=WINDOW)
    audit(actor, "workshop.code_refused", owner_id=workshop.owner_id, workshop=workshop.slug)
    message = _("That is not the access code of this workshop.")
    raise Forbidden(message, code="ACCESS_CODE", details={"code": message})


def guest_make(name: str) -> User:
    """An account without sign-in, in the caller's transaction. Its name has what no other account's can have."""
    suffix = f" ({secrets.token_hex(4)})"
    return User.objects.create_user(
        f"guest-{secrets.token_hex(12)}@{GUEST_DOMAIN}",
        name[: USERNAME_MOST - len(suffix)].rstrip() + suffix,
        is_guest=True,
        max_workspaces=0,
        max_running=0,
    )


def _plain(code: str) -> str:
    """People type it from a slide: neither blanks nor capitals count."""
    return "".join(code.split()).casefold()


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, code=code, details={field: message})
