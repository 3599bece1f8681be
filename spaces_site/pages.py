"""What every page has in common: the template context, and the one place where errors become pages.

Paths under /api/ are dressed by their own dialect and pass through untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.guests import guest_may_open, guest_refused
from accounts.statuses import status_of
from accounts.views.inbox import inbox_is_open
from accounts.views.preferences import theme_of
from spaces_site.errors import SpacesError
from workspaces.engine.host import engine_advice
from workspaces.selectors import engine_problem

BRAND = "Spaces"


@dataclass(frozen=True, slots=True)
class Words:
    """A page for one status: its title, what happened when the error does not say, and what to do now."""

    title: str | Promise
    happened: str | Promise
    todo: str | Promise


WORDS = {
    400: Words(
        gettext_lazy("That did not work"),
        gettext_lazy("Something in the request was not right."),
        gettext_lazy("Go back, check what you entered and try again."),
    ),
    403: Words(
        gettext_lazy("Not allowed"),
        gettext_lazy("Your account may not do this."),
        gettext_lazy("If you think it should, ask the person who runs this site."),
    ),
    404: Words(
        gettext_lazy("Not found"),
        gettext_lazy("There is nothing at this address, or it belongs to somebody else."),
        gettext_lazy("Check the address, or go to your workspaces and look there."),
    ),
    409: Words(
        gettext_lazy("Not right now"),
        gettext_lazy("This does not fit the state that things are in."),
        gettext_lazy("Somebody may have changed it in the meantime. Look at it again and then decide."),
    ),
    429: Words(
        gettext_lazy("A little too fast"),
        gettext_lazy("There were too many tries in a short time."),
        gettext_lazy("Wait a moment and try again."),
    ),
    500: Words(
        gettext_lazy("Something broke"),
        gettext_lazy("This is our fault, not yours. Your workspaces and their files are still there."),
        gettext_lazy("Try again. If it keeps happening, tell the person who runs this site when and where."),
    ),
    503: Words(
        gettext_lazy("Not available at the moment"),
        gettext_lazy("A part that this needs does not answer."),
        gettext_lazy("It usually comes back by itself. Try again in a minute."),
    ),
}
CSRF_WORDS = Words(
    gettext_lazy("The page was too old"),
    gettext_lazy("For your safety a form works only from a fresh page of this site, with cookies allowed."),
    gettext_lazy("Go back, reload the page and send it again."),
)


def site(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page. `engine_problem` is only asked for by pages that show it."""
    return {
        "brand": BRAND,
        "version": settings.VERSION,
        "theme": theme_of(request),
        "dev_inbox": inbox_is_open(request),
        "engine_problem": engine_problem,
        "engine_advice": lambda: engine_advice(settings.DOCKER_HOST),
        "auth_disabled": settings.AUTH_DISABLED,
    }


class ErrorMiddleware(MiddlewareMixin):
    """Our errors, raised in a page's view, become a page (or, for htmx, a message) with the right status.

    Guests get no further than this to a page that is not for them.
    """

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        user = request.actor.user  # type: ignore[attr-defined]
        if user is None or not user.is_guest or guest_may_open(request):
            return None
        return self.process_exception(request, guest_refused())

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SpacesError) or request.path.startswith("/api/"):
            return None
        if exception.kind == "unauthenticated":
            return to_sign_in(request)
        response = error_page(request, status_of(exception), _message(exception))
        if exception.retry_after:
            response["Retry-After"] = str(exception.retry_after)
        return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """On to the sign-in page and afterwards back here; to the page around it when this was not a page itself."""
    is_htmx = "HX-Request" in request.headers
    here = request.get_full_path() if request.method == "GET" and not is_htmx else _page_around(request)
    target = reverse(settings.LOGIN_URL) + (f"?{urlencode({'next': here}, safe='/')}" if here else "")
    if is_htmx:
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def error_page(request: HttpRequest, status: int, happened: str = "", words: Words | None = None) -> HttpResponse:
    """The styled page of one status; for htmx the message alone, sent to where the page shows messages."""
    words = words or WORDS.get(status, WORDS[500])
    context = {
        "status": status,
        "title": words.title,
        "happened": happened or words.happened,
        "todo": words.todo,
    }
    if "HX-Request" in request.headers:
        response = render(request, "errors/_message.html", context, status=status)
        response["HX-Retarget"] = "#messages"
        response["HX-Reswap"] = "beforeend"
        response["HX-Reselect"] = ".message"
        return response
    return render(request, "errors/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return error_page(request, 403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return error_page(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """handler500; a page that needs neither the database nor a session, because those may be what broke."""
    return HttpResponse(_bare_page(request), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`."""
    return error_page(request, 403, words=CSRF_WORDS)


def _bare_page(request: HttpRequest) -> str:
    words = WORDS[500]
    context = {"title": words.title, "happened": words.happened, "todo": words.todo, "brand": BRAND}
    return render_to_string("errors/500.html", context | {"theme": theme_of(request)})


def _message(error: SpacesError) -> str:
    """The error's own words, with the fields' messages behind and, where waiting helps, how long."""
    details = error.details.values() if error.kind == "invalid" else ()
    parts = [str(error.message), *(text for text in details if isinstance(text, str) and text != error.message)]
    if error.retry_after:
        wait = ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", error.retry_after)
        parts.append(wait % {"n": error.retry_after})
    return " ".join(parts) or _("Something went wrong.")


def _page_around(request: HttpRequest) -> str:
    """Path of the page that a fragment or a form was on; the browser says it, so only its path is believed."""
    around = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    return f"{around.path}?{around.query}" if around.query else around.path
