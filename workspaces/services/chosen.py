"""Workspaces that somebody chose to have something done to all of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid

MOST_AT_ONCE = 300
"""What can be asked in the time of one request: some milliseconds each."""


def chosen(public_ids: Iterable[str]) -> list[str]:
    """Each id once, in their order, without what cannot be one. Raises `Invalid` (BULK_LIMIT) for more than may be."""
    ids = [one for one in dict.fromkeys(public_ids) if one.isascii() and one.isalnum()]
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(
            _("At most %(most)d workspaces at once. Choose fewer, by a search or a group.") % {"most": MOST_AT_ONCE},
            code="BULK_LIMIT",
            details={"limit": MOST_AT_ONCE},
        )
    return ids
