"""How pages look, remembered by the browser."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from accounts.views.next_page import next_or

THEMES = ("light", "dark")
THEME_COOKIE = "spaces_theme"
"""Read by the server and not by a script, so that a page never flashes in the wrong colours."""


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember `theme`; anything but light and dark means: as the device."""
    response = HttpResponseRedirect(next_or(request, "/"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=365 * 24 * 3600, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def theme_of(request: HttpRequest) -> str:
    """What was chosen, '' for: as the device."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""
