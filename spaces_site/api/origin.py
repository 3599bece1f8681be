"""Tells a request that a page of another origin made a browser send.

For the two credentials a browser adds by itself and for which no page of ours gives out a CSRF token: the old clients'
`auth_token` cookie, and `SPACES_AUTH_DISABLED`. SameSite does not help: workspaces are on sibling names, so the same
site. Every browser sends `Origin` with a request that may change something (Fetch standard, "append a request `Origin`
header").
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from spaces_site.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def refuse_cross_origin(request: HttpRequest) -> None:
    """Raises `Forbidden` (CROSS_ORIGIN) for an unsafe request of another origin. Programs send no origin and pass."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    ours = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if site not in ("same-origin", "none") or (origin is not None and origin not in ours):
        raise Forbidden(_("This request came from another site."), code="CROSS_ORIGIN")
