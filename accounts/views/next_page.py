"""Where to go after a form. An address from outside is followed only when it is one of this site (CVE-2026-33709)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

View = Callable[..., HttpResponse]


def next_safe(request: HttpRequest, target: str | None) -> str:
    """`target` when it is a path or an address of this very site, else ''."""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and allowed else ""


def next_or(request: HttpRequest, default: str) -> str:
    """`next` of this form or address if it is safe, else `default`."""
    return next_safe(request, request.POST.get("next") or request.GET.get("next")) or default


def form_of(page: str) -> Callable[[View], View]:
    """For the address of a form whose answer may be a page: looking at that address (as a change of language does, or a
    reload) goes to the page of that name, where the form is."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: Any, **names: Any) -> HttpResponse:
            return view(request, **names) if request.method == "POST" else redirect(page, **names)

        return answer

    return decorate


def leaves_site(view: Any) -> Any:
    """Mark a view that redirects to another origin; see `go_on`."""
    view.leaves_site = True
    return view


def go_on(request: HttpRequest, target: str) -> HttpResponse:
    """The answer to a form that was accepted: on to `target`.

    A browser holds the whole chain of redirects after a form to this site's `form-action 'self'`, so a target that
    leads to another origin is reached by a page that goes there on its own.
    """
    if _leaves_site(target):
        return render(request, "accounts/continue.html", {"target": target})
    return HttpResponseRedirect(target)


def _leaves_site(target: str) -> bool:
    try:
        return getattr(resolve(urlsplit(target).path).func, "leaves_site", False)
    except Resolver404:
        return False
