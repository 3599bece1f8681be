"""What an address, a name and a code must look like. Each function returns the clean value or raises `Invalid`."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.guests import is_guest_address
from spaces_site.errors import Invalid

USERNAME = re.compile(r"[a-zA-Z0-9_-]{3,30}")
EMAIL_LENGTH = 254
"""RFC 5321, and the column."""


def email_clean(email: str) -> str:
    """The address in lower case. Raises EMAIL_REQUIRED or EMAIL_INVALID, the latter for guests' as well."""
    email = email.strip().lower()
    if not email:
        raise _invalid("email", "EMAIL_REQUIRED", _("Email is required"))
    try:
        validate_email(email)
    except ValidationError:
        raise _invalid("email", "EMAIL_INVALID", _("Invalid email format")) from None
    if len(email) > EMAIL_LENGTH or is_guest_address(email):
        raise _invalid("email", "EMAIL_INVALID", _("Invalid email format"))
    return email


def code_clean(code: str) -> str:
    """The code without blanks, as mail programs like to add them. Raises CODE_REQUIRED."""
    code = "".join(code.split())
    if not code:
        raise _invalid("code", "CODE_REQUIRED", _("Verification code is required"))
    return code


def username_clean(username: str) -> str:
    """3 to 30 letters, digits, `_` and `-`. Raises USERNAME_REQUIRED or USERNAME_INVALID."""
    username = username.strip()
    if not username:
        raise _invalid("username", "USERNAME_REQUIRED", _("Username is required"))
    if not USERNAME.fullmatch(username):
        raise _invalid(
            "username", "USERNAME_INVALID", _("Username must be 3 to 30 letters, digits, hyphens or underscores")
        )
    return username


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, code=code, details={field: message})
