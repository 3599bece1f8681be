"""What the database keeps of a random key that a browser or a program holds."""

from __future__ import annotations

import hashlib


def key_hash(key: str) -> str:
    """The key's SHA-256 in hex: keys are random and long, so a plain digest is enough. Any text may be asked for."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
