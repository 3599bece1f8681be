"""A workspace's password: encrypted at rest, since its owner may see it again; compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

from django.utils.translation import gettext as _

from spaces_site.errors import Unavailable
from workspaces.models import Workspace
from workspaces.sealing import Unreadable, seal, unseal

password_encrypt = seal
"""Text for `Workspace.password_encrypted`; an empty password gives an empty text, which means none is set."""


def password_decrypt(text: str) -> str:
    """The password in `text`. Raises `Unavailable` when it was encrypted under another secret key, or altered."""
    try:
        return unseal(text)
    except Unreadable as error:
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
