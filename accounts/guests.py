"""Guests: who came by a link to a place that somebody else gave them. Where they may go, and what marks their address.

What they may not *do* is refused by the services (`actors.full_member`). This list closes every page that they have no
use for, also one that is added and not thought of here.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from spaces_site.errors import Forbidden

GUEST_DOMAIN = "guests.invalid"
"""Accounts need an address. No mail can go to this one: https://www.rfc-editor.org/rfc/rfc2606#section-2"""
GUEST_HOME = "/workshop/mine/"
FOR_GUESTS = ("/workshop/", "/api/workshop/")
"""Beginnings of paths; what is below asks for itself whose seat it is."""
PAGES = frozenset(
    {
        "home", "workspaces", "theme", "set_language", "sign-out", "inbox",
        "sign-in", "sign-in-code", "sign-in-resend", "sign-in-link", "sign-up",
        "workspace", "workspace-card", "workspace-open", "workspace-action", "workspace-terminal", "workspace-activity",
        "workspace-usage", "workspace-disk", "workspace-notes", "workspace-favorite", "workspace-push", "operation",
        "workspace-keep-running", "workspace-picture", "workspace-ports", "workspace-ports-panel", "alias-open",
        "workspace-files", "files-text", "files-new", "files-rename", "files-delete", "files-download", "files-archive",
        "files-upload",
    }
)  # fmt: skip
"""Names of the pages for guests. The two lists lead to `GUEST_HOME`."""


def is_guest_address(email: str) -> bool:
    """Whether it is one that guests' accounts have, or any other that no mail can go to for the same reason."""
    domain = email.strip().lower().rpartition("@")[2].rstrip(".")
    return domain == GUEST_DOMAIN or domain.endswith(f".{GUEST_DOMAIN}")


def guest_may_open(request: HttpRequest) -> bool:
    """Whether a page is for guests. Call it once the address is resolved."""
    match = request.resolver_match
    return request.path.startswith(FOR_GUESTS) or (match is not None and match.view_name in PAGES)


def guest_refused() -> Forbidden:
    """What guests are told."""
    return Forbidden(_("You are here as a guest. This is for people with an account."), code="GUEST")
