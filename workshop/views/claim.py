"""The page on which participants get their seat: made for phones, and for people who have never heard of a container.

Everything is a form or a link. A browser that has a seat, or waits for one, keeps that in its session.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.audit import audit
from accounts.services import code_send, session_close
from accounts.services.codes import code_check, code_use
from accounts.views.next_page import form_of
from accounts.views.request import PageRequest
from accounts.views.sign_in import form_page
from accounts.views.typed import Typed
from spaces_site.errors import NotFound
from workshop.adopting import workshop_adopting, workshop_for_claim
from workshop.keys import seat_address
from workshop.models import Claim, Workshop
from workshop.selectors import counts, is_open, workshops_open
from workshop.services.claiming import AlreadyClaimed, claim_here, claim_make
from workshop.services.waiting import waiting_assign, waiting_join, waiting_leave, waiting_position, waiting_seen
from workshop.texts import language_of, words

MINE = "workshop_claims"
"""Where the session keeps the hashes of its keys, by number of the workshop: an address that dies takes this along."""
COMING_BACK = "workshop_back"
"""Where it keeps who has been sent a code to see their seat again."""


@require_safe
@never_cache
def workshops(request: PageRequest) -> HttpResponse:
    """On to the workshop that is open, or the choice where there are several, or none."""
    speak(request, None)
    adopting = workshop_adopting()
    found = [adopting] if adopting else list(workshops_open()[:50])
    if len(found) == 1:
        return redirect("workshop-claim", found[0].slug)
    return render(request, "workshop/claim_list.html", {"workshops": found})


@form_page
@never_cache
@sensitive_post_parameters("code")
def claim(request: PageRequest, slug: str) -> HttpResponse:
    """Name, address, and there it is."""
    workshop, form = _found(request, slug), Typed(request)
    mine = claim_in(request, workshop)
    if request.method == "POST" and mine is None:
        with form:
            make = waiting_join if form.get("wait") else claim_make
            typed = {name: form.get(name) for name in ("name", "email", "code")}
            try:
                remember(request, make(request.actor, workshop, **typed))
            except AlreadyClaimed as error:
                return _come_back(request, error.claim)
            return redirect("workshop-claim", slug)
    elif request.method == "POST":
        return redirect("workshop-claim", slug)
    return render(request, "workshop/claim.html", _shown(workshop, mine) | {"form": form}, status=form.status)


@form_page
@never_cache
@sensitive_post_parameters("code")
def code(request: PageRequest, slug: str) -> HttpResponse:
    """Who comes back proves by a code from their mailbox that the seat is theirs."""
    workshop, form = _found(request, slug), Typed(request)
    email = request.session.get(COMING_BACK, {}).get(str(workshop.pk))
    if not email:
        return redirect("workshop-claim", slug)
    if request.method == "POST":
        with form:
            code_use(code_check(request.actor, email, form.get("code")))
            audit(request.actor, "code.use", email=email, workshop=workshop.slug)
            del request.session[COMING_BACK]
            if (mine := claim_here(workshop, email)) is not None:
                remember(request, mine)
            return redirect("workshop-claim", slug)
    context = {"workshop": workshop, "email": email, "form": form}
    return render(request, "workshop/claim_code.html", context, status=form.status)


@require_safe
@never_cache
def left(request: PageRequest, slug: str) -> HttpResponse:
    """How many seats are left, asked for again and again; once the workshop has opened, the whole page anew."""
    workshop = _found(request, slug)
    response = render(request, "workshop/_claim_left.html", _shown(workshop, None))
    if request.GET.get("closed") and is_open(workshop):
        response["HX-Refresh"] = "true"
    return response


@require_safe
@never_cache
def waiting(request: PageRequest, slug: str) -> HttpResponse:
    """The place in the queue, asked for again and again; on into the seat as soon as there is one."""
    workshop = _found(request, slug)
    mine = claim_in(request, workshop)
    shown = _shown(workshop, mine)
    mine = shown["claim"]
    response = render(request, "workshop/_claim_waiting.html", shown)
    if mine is None:
        response["HX-Refresh"] = "true"
    elif mine.state == Claim.State.ACTIVE:
        response["HX-Redirect"] = shown["address"]
    return response


@form_of("workshop-claim")
@never_cache
def leave(request: PageRequest, slug: str) -> HttpResponse:
    """Does not want to wait any more."""
    workshop = _found(request, slug)
    if (mine := claim_in(request, workshop)) is not None and mine.state == Claim.State.WAITING:
        waiting_leave(request.actor, mine)
        forget(request, workshop)
        messages.success(request, _("You do not wait any more."))
    return redirect("workshop-claim", slug)


@form_of("workshop-claim")
@never_cache
def not_me(request: PageRequest, slug: str) -> HttpResponse:
    """The next person at this machine starts anew. The seat stays who it is."""
    workshop = _found(request, slug)
    forget(request, workshop)
    if request.actor.user is not None and request.actor.user.is_guest:
        session_close(request)
    return redirect("workshop-claim", slug)


def speak(request: PageRequest, workshop: Workshop | None) -> None:
    """The page is in the workshop's language, unless the participant has chosen another."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    translation.activate(language_of(workshop, request.headers.get("Accept-Language", ""), chosen))


def remember(request: PageRequest, claim: Claim) -> None:
    """This browser has that claim."""
    request.session[MINE] = {**request.session.get(MINE, {}), str(claim.workshop_id): claim.key_hash}


def forget(request: PageRequest, workshop: Workshop) -> None:
    """It has none in that workshop."""
    request.session[MINE] = {pk: key for pk, key in request.session.get(MINE, {}).items() if pk != str(workshop.pk)}


def claim_in(request: PageRequest, workshop: Workshop) -> Claim | None:
    """The seat or the place in the queue that this browser has, also when it came by the address of the seat."""
    here = Claim.objects.filter(workshop=workshop, state__in=(Claim.State.WAITING, Claim.State.ACTIVE))
    here = here.select_related("workshop", "workspace")
    key_hash = request.session.get(MINE, {}).get(str(workshop.pk))
    found = here.filter(key_hash=key_hash).first() if key_hash else None
    if found is not None:
        return found
    user = request.actor.user
    return here.filter(guest=user).first() if user is not None and user.is_guest else None


def _found(request: PageRequest, slug: str) -> Workshop:
    workshop = workshop_for_claim(slug)
    speak(request, workshop)
    if workshop is None:
        raise NotFound(_("There is no such workshop."), code="WORKSHOP_NOT_FOUND")
    return workshop


def _shown(workshop: Workshop, mine: Claim | None) -> dict[str, Any]:
    """What the page is made of. Who waits is there, and may have a seat by now."""
    if mine is not None and mine.state == Claim.State.WAITING:
        waiting_seen(mine)
        waiting_assign(workshop)
        mine.refresh_from_db()
        mine = mine if mine.state in (Claim.State.WAITING, Claim.State.ACTIVE) else None
    seats, said = counts(workshop), words()
    is_waiting = mine is not None and mine.state == Claim.State.WAITING
    return {
        "workshop": workshop,
        "claim": mine,
        "is_waiting": is_waiting,
        "position": waiting_position(mine) if mine is not None and is_waiting else 0,
        "address": seat_address(mine.key_sealed) if mine is not None and not is_waiting else "",
        "seats": seats,
        "words": said,
        "left_text": said["available"] % {"total": seats.total},
        "is_open": is_open(workshop),
        "is_over": workshop.state in (Workshop.State.CLOSED, Workshop.State.ENDED),
    }


def _come_back(request: PageRequest, claim: Claim) -> HttpResponse:
    """That address has a seat, or waits. With mail, whoever can read it is asked for a code; without there is nothing
    to ask for, and the seat is shown."""
    if not settings.MAIL_IS_SENT:
        remember(request, claim)
        messages.info(request, words()["ALREADY_CLAIMED"])
        return redirect("workshop-claim", claim.workshop.slug)
    code_send(request.actor, claim.email)
    request.session[COMING_BACK] = {str(claim.workshop_id): claim.email}
    return redirect(reverse("workshop-claim-code", args=(claim.workshop.slug,)))
