"""Workspaces that somebody chose to have something done to all of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid

MOST_AT_ONCE = 300
"""What can be asked in the time of one request: some milliseconds each."""


def can_be_id(text: str) -> bool:
    """Whether a workspace may be called so; no database is asked about anything else."""
    return text.isascii() and text.isalnum()


def chosen(public_ids: Iterable[str]) -> list[str]:
    """Each id once, in their order, without what cannot be one. Raises `Invalid` (BULK_LIMIT) for more than may be."""
    ids = list(dict.fromkeys(one for one in public_ids if can_be_id(one)))
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(
            _("At most %(most)d workspaces at once. Choose fewer, by a search or a group.") % {"most": MOST_AT_ONCE},
            code="BULK_LIMIT",
            details={"limit": MOST_AT_ONCE},
        )
    return ids
