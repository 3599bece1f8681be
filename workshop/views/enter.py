"""The address that a participant was given: straight into the app, in whatever browser it is opened."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.services import session_open
from accounts.views.next_page import leaves_site
from accounts.views.request import PageRequest
from spaces_site.errors import NotFound
from workshop.models import Claim
from workshop.services.arriving import seat_arrive, seat_find
from workshop.services.seats.first_page import first_page
from workshop.texts import words
from workshop.views.claim import remember, speak
from workspaces.gateway.tickets import ticket_issue, workspace_host


@leaves_site
@require_safe
@never_cache
def enter(request: PageRequest, key: str) -> HttpResponse:
    """Sign the guest in, wake the workspace and go on into it. A browser that only guesses at the next page, and who
    just wants to know whether there is one, changes nothing."""
    response = _answer(request, key)
    response["Referrer-Policy"] = "no-referrer"  # the key is in this address
    return response


def _answer(request: PageRequest, key: str) -> HttpResponse:
    speak(request, None)
    try:
        claim = seat_find(request.actor, key)
    except NotFound as error:
        return render(request, "workshop/claim_none.html", {"happened": error.message}, status=404)
    speak(request, claim.workshop)
    if not _is_navigation(request):
        return render(request, "workshop/claim_open.html", {"workshop": claim.workshop, "words": words()})
    if claim.state == Claim.State.WAITING:
        remember(request, claim)
        return redirect("workshop-claim", claim.workshop.slug)
    is_first = claim.opened_at is None
    arrival = seat_arrive(request.actor, claim)
    if request.actor.user is None or request.actor.user.pk != arrival.user.pk:
        session_open(request, arrival.user)
    remember(request, claim)
    workspace = arrival.workspace
    if not workspace.kind.has_app:
        return redirect("workspace-terminal", workspace.public_id)
    session_key = request.session.session_key or ""
    host, kind = workspace_host(workspace), workspace.kind
    # At first past the editor's own redirect to where the files are; later it knows itself which folder was open.
    next_path = first_page(kind) if is_first or kind.path != "/" else "/"
    return HttpResponseRedirect(
        ticket_issue(request.actor, workspace, host=host, session_key=session_key, next_path=next_path)
    )


def _is_navigation(request: PageRequest) -> bool:
    """Whether a person opens it, as the gateway sees it: a page load, and not one that is only guessed at."""
    headers = request.headers
    guessed = "prefetch" in headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", "")
    accepts = headers.get("Accept", "*/*")  # a program that follows the address takes anything
    loads = ("text/html" in accepts or "*/*" in accepts) and headers.get("Sec-Fetch-Mode", "") in ("", "navigate")
    return request.method == "GET" and loads and not guessed
