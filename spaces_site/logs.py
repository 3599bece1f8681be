"""Keeps credentials out of the log, whoever writes them."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(?i)(\b(?:key|token|ticket|authorization|code|password)=)[^&\s\"']+"
    r"|(/workshop/[a-z-]{1,20}/)[A-Za-z0-9_-]{24,}"  # the keys of participants stand in the path
    r"|\bsp_[A-Za-z0-9_-]{20,}"
)


def without_secrets(text: str) -> str:
    """`text` with tokens, tickets and the values of telling query parameters blotted out."""
    return SECRET.sub(lambda match: f"{match.group(1) or match.group(2) or ''}…", text)


class NoSecrets(logging.Filter):
    """Applies `without_secrets` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = without_secrets(message)
        if clean != message:
            record.msg, record.args = clean, ()
        return True
