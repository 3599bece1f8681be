"""A workspace's password: encrypted at rest, since its owner may see it again; compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from spaces_site.errors import Unavailable
from workspaces.models import Workspace


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"spaces workspace password").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def password_encrypt(plain: str) -> str:
    """Text for `Workspace.password_encrypted`; an empty password gives an empty text, which means none is set."""
    return _fernet(settings.SECRET_KEY).encrypt(plain.encode()).decode() if plain else ""


def password_decrypt(text: str) -> str:
    """The password in `text`. Raises `Unavailable` when it was encrypted under another secret key, or altered."""
    if not text:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Unavailable(
            _("This password cannot be read any more, since the site's secret key has changed. Set a new one."),
            code="PASSWORD_UNREADABLE",
        ) from error


def password_matches(workspace: Workspace, given: str) -> bool:
    """Whether `given` is the workspace's password; never for one without. Takes the same time wherever they differ."""
    if not workspace.password_encrypted:
        return False
    kept = password_decrypt(workspace.password_encrypted)
    return hmac.compare_digest(hashlib.sha256(kept.encode()).digest(), hashlib.sha256(given.encode()).digest())
