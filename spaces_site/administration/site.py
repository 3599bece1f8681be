"""The administration's site: our own sign-in instead of a password form, and a Content-Security-Policy of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.services import session_close
from accounts.views.next_page import next_or
from spaces_site.errors import Forbidden, NotFound

POLICY = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}
"""Added on these pages alone: Alpine compiles the templates' expressions, and Unfold writes its colours into the page.
No script in the page itself is allowed here either."""


class SpacesAdminSite(UnfoldAdminSite):
    """For staff. Nobody has a password here, so there is no page to change one."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return csp_update(POLICY)(super().admin_view(view, cacheable))

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """On to the sign-in page, and back afterwards. Raises `Forbidden` for one who is signed in and no staff."""
        if self.has_permission(request):
            return HttpResponseRedirect(next_or(request, resolve_url("admin:index")))
        if request.user.is_authenticated:
            raise Forbidden(_("The administration is for staff."))
        target = urlencode({"next": next_or(request, resolve_url("admin:index"))})
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{target}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        session_close(request)
        return HttpResponseRedirect("/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        raise NotFound(_("Nobody has a password here."))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        raise NotFound(_("Nobody has a password here."))
