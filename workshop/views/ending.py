"""The end of a workshop: what becomes of it, everybody's work as one archive, and a link for each to theirs."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actors import Actor
from accounts.audit import audit
from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from workshop.archive import Archive, Part, folder_name
from workshop.models import Claim, Workshop
from workshop.selectors import counts
from workshop.services.taking_home import take_home_address, take_home_find, take_home_mail_ask, with_work
from workshop.services.workshops import workshop_end
from workshop.views.found import workshop_found
from workspaces.views.files_transfer import SANDBOX


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end(request: PageRequest, slug: str) -> HttpResponse:
    """Say what happens with whom, and end it when that is confirmed; afterwards, what is still kept."""
    workshop, form = workshop_found(request, slug), Typed(request)
    if request.method == "POST":
        with form:
            workshop_end(request.actor, workshop, at_end=form.get("at_end") or None, mail=form.get("mail") == "1")
            messages.success(request, _("The workshop is over."))
            return redirect("workshop-end", slug)
    context = {
        "workshop": workshop,
        "form": form,
        "counts": counts(workshop),
        "people": [(claim, take_home_address(claim)) for claim in with_work(workshop)],
        "ends": Workshop.AtEnd.choices,
        "chosen": form.get("at_end") or workshop.at_end,
        "mail_is_sent": settings.MAIL_IS_SENT,
    }
    return render(request, "workshop/end.html", context, status=form.status)


@form_of("workshop-end")
def mail(request: PageRequest, slug: str) -> HttpResponse:
    """Mail everybody the link to their work."""
    workshop, form = workshop_found(request, slug), Typed(request)
    with form:
        take_home_mail_ask(request.actor, workshop)
        messages.success(request, _("Everybody is being sent the link to their work."))
    if form.message:
        messages.error(request, form.message)
    return redirect("workshop-end", slug)


@require_safe
@never_cache
def archive(request: PageRequest, slug: str) -> HttpResponseBase:
    """Everybody's work as one zip, a folder for each."""
    workshop = workshop_found(request, slug)
    people = list(with_work(workshop))
    audit(request.actor, "workshop.archive", owner_id=workshop.owner_id, workshop=workshop.slug, count=len(people))
    return _zip(request, f"{workshop.slug}.zip", _parts(request.actor, people))


@require_safe
@never_cache
def take_home(request: PageRequest, key: str) -> HttpResponse:
    """A participant's page of their work, for whoever has the link."""
    claim = take_home_find(request.actor, key)
    return render(request, "workshop/take_home.html", {"claim": claim, "workshop": claim.workshop, "key": key})


@require_safe
@never_cache
def take_home_download(request: PageRequest, key: str) -> HttpResponseBase:
    """Their work as a zip."""
    claim = take_home_find(request.actor, key, download=True)
    assert claim.workspace is not None
    # The platform asks for them, who have no account any more; each of a class on an account of its own, so that one
    # slow download takes nobody else's place.
    actor = Actor(claim.guest, "system", request.actor.address, request.actor.request_id)
    part = Part(folder_name(None, claim.workshop.title), claim.workspace, actor)
    return _zip(request, f"{claim.workshop.slug}.zip", [part])


def _parts(actor: Actor, people: Iterable[Claim]) -> list[Part]:
    """A folder for each; who had several seats has several."""
    parts: list[Part] = []
    taken: set[str] = set()
    for claim in people:
        assert claim.workspace is not None
        folder = base = folder_name(claim.seat.number if claim.seat else None, claim.name)
        number = 1
        while folder.lower() in taken:
            number += 1
            folder = f"{base} ({number})"
        taken.add(folder.lower())
        parts.append(Part(folder, claim.workspace, actor))
    return parts


def _zip(request: PageRequest, name: str, parts: list[Part]) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type="application/zip")
    else:
        response = StreamingHttpResponse(Archive(parts), content_type="application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
