"""Secrets that have to be read again are kept encrypted under the site's key (Fernet: AES-CBC with an HMAC)."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """It was sealed under another secret key, or altered."""


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"spaces workspace password").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def seal(plain: str) -> str:
    """Text for a `*_sealed` or `*_encrypted` column; an empty text stays empty, which means that there is none."""
    return _fernet(settings.SECRET_KEY).encrypt(plain.encode()).decode() if plain else ""


def unseal(text: str) -> str:
    """What was sealed. Raises `Unreadable`."""
    if not text:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def unseal_if_readable(text: str) -> str:
    """What was sealed, and "" where that cannot be read any more, which is then as good as none."""
    try:
        return unseal(text)
    except Unreadable:
        return ""
