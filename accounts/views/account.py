"""The account page: profile, API tokens, signed-in browsers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import signed_in
from accounts.services import (
    session_revoke,
    sessions_for,
    sessions_revoke_others,
    token_issue,
    token_revoke,
    tokens_for,
    user_update,
)
from accounts.views.devices import device_name
from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed

TOKEN_LIFETIMES = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("1 year"),
    "": gettext_lazy("without end"),
}
"""Days a token may live; the first is what the form suggests."""


@require_safe
@never_cache
def account(request: PageRequest) -> HttpResponse:
    """Everything about the account on one page."""
    return _page(request, Typed(request))


@form_of("account")
def profile(request: PageRequest) -> HttpResponse:
    """Change the name."""
    form = Typed(request)
    with form:
        user_update(request.actor, username=form.get("username"))
        messages.success(request, _("Your name is changed."))
        return redirect("account")
    return _page(request, form, section="profile")


@form_of("account")
@never_cache
def token_create(request: PageRequest) -> HttpResponse:
    """Make a token. The answer to this form is the only page that ever shows it, so it does not redirect."""
    form = Typed(request)
    with form:
        days = form.get("days")
        lifetime = timedelta(days=int(days)) if days in TOKEN_LIFETIMES and days else None
        token, raw = token_issue(request.actor, signed_in(request.actor), name=form.get("name"), expires_in=lifetime)
        return _page(request, Typed(request), section="tokens", new_token=token, raw=raw)
    return _page(request, form, section="tokens")


@require_POST
def token_end(request: PageRequest, token_id: int) -> HttpResponse:
    """Revoke a token."""
    token_revoke(request.actor, token_id)
    messages.success(request, _("The token is revoked; programs that used it are locked out."))
    return redirect("account")


@require_POST
def session_end(request: PageRequest, session_id: int) -> HttpResponse:
    """Sign another browser out."""
    session_revoke(request.actor, session_id)
    messages.success(request, _("That browser is signed out."))
    return redirect("account")


@require_POST
def sessions_end(request: PageRequest) -> HttpResponse:
    """Sign all other browsers out."""
    count = sessions_revoke_others(request.actor, request.session.session_key)
    text = ngettext("%(count)d other browser is signed out.", "%(count)d other browsers are signed out.", count)
    messages.success(request, text % {"count": count})
    return redirect("account")


def _page(request: PageRequest, form: Typed, section: str = "", **extra: Any) -> HttpResponse:
    context = {
        "form": form,
        "section": section,
        "person": signed_in(request.actor),
        "tokens": tokens_for(request.actor),
        "sessions": [(session, device_name(session.user_agent)) for session in sessions_for(request.actor)],
        "this_key": request.session.session_key,
        "lifetimes": TOKEN_LIFETIMES,
        "api_base": settings.BASE_URL,
    }
    return render(request, "accounts/account.html", context | extra, status=form.status)
