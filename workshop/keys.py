"""Keys in the addresses that participants get: unguessable, kept hashed to be found and sealed to be shown again."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from workspaces.sealing import seal, unseal_if_readable

KEY_BYTES = 24
"""192 bits."""


@dataclass(frozen=True, slots=True)
class Key:
    """A new key: `text` for the address, `hash` and `sealed` for the row."""

    text: str
    hash: str
    sealed: str


def key_new() -> Key:
    """A key that nobody has."""
    text = secrets.token_urlsafe(KEY_BYTES)
    return Key(text, key_hash(text), seal(text))


def key_hash(text: str) -> str:
    """What a row keeps of a key to be found by."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def seat_address(key_sealed: str) -> str:
    """The whole address of a participant's seat; "" where the key cannot be read, since the site's own has changed."""
    key = unseal_if_readable(key_sealed)
    return settings.BASE_URL + reverse("seat-enter", args=(key,)) if key else ""
