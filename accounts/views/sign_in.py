"""Signing in: the address, then the code from the mail, then (for a new account) a name. And out again.

Until the code was right, no answer tells whether an address has an account.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.services import code_send, link_use, session_close, session_open, user_login, user_signup
from accounts.views.next_page import form_of, go_on, next_or, next_safe
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import NotFound

STATE = "sign_in"
"""Where the session keeps the address, `next` and when the code was sent, between one page and the next."""
RESEND_SECONDS = 30

form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@never_cache
def sign_in(request: PageRequest) -> HttpResponse:
    """Ask for the address and send a code to it."""
    if request.actor.user is not None:
        return redirect(next_or(request, resolve_url(settings.LOGIN_REDIRECT_URL)))
    form = Typed(request)
    if request.method == "POST":
        with form:
            _send(request, form.get("email"), next_or(request, ""))
            return redirect("sign-in-code")
    context = {"form": form, "next": next_or(request, "")}
    return render(request, "accounts/sign_in.html", context, status=form.status)


@form_page
@never_cache
@sensitive_post_parameters("code")
def code(request: PageRequest) -> HttpResponse:
    """Ask for the code; who has an account is in, who has none chooses a name."""
    if (state := _state(request)) is None:
        return redirect(settings.LOGIN_URL)
    form = Typed(request)
    if request.method == "POST":
        with form:
            try:
                user = user_login(request.actor, email=state["email"], code=form.get("code"))
            except NotFound:
                return _name_page(request, form, state)
            return _enter(request, user)
    return render(request, "accounts/code.html", {"form": form, **_waiting(state)}, status=form.status)


@form_of("sign-in-code")
@never_cache
def resend(request: PageRequest) -> HttpResponse:
    """Send another code; the one before is void then."""
    if (state := _state(request)) is None:
        return redirect(settings.LOGIN_URL)
    form = Typed(request)
    with form:
        _send(request, state["email"], state["next"])
        messages.success(request, _("A new code is on its way. The one before does not work any more."))
        return redirect("sign-in-code")
    return render(request, "accounts/code.html", {"form": form, **_waiting(state)}, status=form.status)


@form_page
@never_cache
@sensitive_post_parameters("code")
def sign_up(request: PageRequest) -> HttpResponse:
    """Make the account with the name chosen; the code from before proves the address once more."""
    if request.method != "POST" or (state := _state(request)) is None:
        return redirect(settings.LOGIN_URL)
    form = Typed(request)
    with form:
        user = user_signup(
            request.actor, email=state["email"], username=form.get("username"), code=form.get("code")
        )
        return _enter(request, user)
    if "code" in form.errors:  # it grew too old while they thought about a name
        return render(request, "accounts/code.html", {"form": form, **_waiting(state)}, status=form.status)
    return _name_page(request, form, state)


@form_page
@never_cache
def link(request: PageRequest, key: str) -> HttpResponse:
    """A link that signs in once. Opening it changes nothing, as mail scanners open links too; the button does."""
    form = Typed(request)
    if request.method == "POST":
        with form:
            return _enter(request, link_use(request.actor, key))
    return render(request, "accounts/link.html", {"form": form}, status=form.status)


@require_POST
@never_cache
def sign_out(request: PageRequest) -> HttpResponse:
    """This browser is signed out."""
    session_close(request)
    messages.success(request, _("You are signed out."))
    return redirect("/")


def _state(request: PageRequest) -> dict[str, Any] | None:
    return request.session.get(STATE)


def _send(request: PageRequest, email: str, next_page: str) -> None:
    code_send(request.actor, email)
    request.session[STATE] = {"email": email.strip().lower(), "next": next_page, "sent_at": int(time.time())}


def _waiting(state: dict[str, Any]) -> dict[str, Any]:
    passed = int(time.time()) - state["sent_at"]
    return {"email": state["email"], "resend_in": max(0, RESEND_SECONDS - passed)}


def _name_page(request: PageRequest, form: Typed, state: dict[str, Any]) -> HttpResponse:
    return render(request, "accounts/sign_up.html", {"form": form, "email": state["email"]}, status=form.status)


def _enter(request: PageRequest, user: User) -> HttpResponse:
    """This browser is signed in, and goes on to where it wanted to go."""
    state = request.session.pop(STATE, None) or {}
    session_open(request, user)
    target = next_safe(request, state.get("next")) or resolve_url(settings.LOGIN_REDIRECT_URL)
    response = go_on(request, target)
    if isinstance(response, HttpResponseRedirect):
        messages.success(request, _("Welcome, %(name)s.") % {"name": user.username})
    return response
