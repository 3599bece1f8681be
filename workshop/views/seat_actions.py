"""What a leader does to one seat, and says to who sits there. Its page is in `seat.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.views.next_page import next_or
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Conflict, Invalid, NotFound
from workshop.models import Backup, Claim, Seat
from workshop.services.hands import hand_lower
from workshop.services.messages import message_one
from workshop.services.releasing import claim_reassign, claim_release
from workshop.services.resetting import backup_restore, seat_reset
from workshop.services.together import claim_at, workspace_of
from workshop.views.found import form_of_seat, seat_found
from workshop.views.seat import about, page
from workshop.views.sizes import memory_read
from workshop.views.wall import is_number, live_answer
from workspaces.idle import span_words
from workspaces.services.sizing import workspace_resize
from workspaces.services.work import workspace_ask
from workspaces.states import Verb

VERBS = (Verb.START, Verb.STOP, Verb.PAUSE, Verb.RESUME)
MESSAGES_SHOWN = 5
Do = Callable[[PageRequest, Seat, Typed], str]
"""Does it, and returns what to say of it."""


@form_of_seat
@never_cache
def act(request: PageRequest, slug: str, number: int, do: str) -> HttpResponse:
    """Start, stop, pause or resume it, lower the hand: back to where the form was, or that part of the page alone."""
    found, form = seat_found(request, slug, number), Typed(request)
    if "HX-Request" in request.headers:  # what goes wrong is said by a message
        _act(request, found, do)
        return live_answer(request, found.workshop, {number})
    with form:
        _act(request, found, do)
        return redirect(next_or(request, reverse("workshop-seat", args=(slug, number))))
    return page(request, seat_found(request, slug, number), form)


def _act(request: PageRequest, found: Seat, do: str) -> None:
    if do == "lower":
        hand_lower(request.actor, _claim(found))
    elif do in VERBS:
        workspace_ask(request.actor, workspace_of(found), Verb(do))
    else:
        raise NotFound(_("There is nothing of that name to do."))


@form_of_seat
@never_cache
def change(request: PageRequest, slug: str, number: int, do: str) -> HttpResponse:
    """What has a form on the seat's page: a message, more memory, another seat."""
    found, form = seat_found(request, slug, number), Typed(request)
    with form:
        if do == "reassign":
            number = _reassign(request, found, form)
        else:
            messages.success(request, _known(CHANGES, do)(request, found, form))
        return redirect("workshop-seat", slug, number)
    return page(request, seat_found(request, slug, number), form, section=do)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: PageRequest, slug: str, number: int, do: str) -> HttpResponse:
    """What loses something says first what, and what is kept: release, reset, restore."""
    found, form = seat_found(request, slug, number), Typed(request)
    backup = _backup(request, found) if do == "restore" else None
    if backup is None:
        _known(ASKED, do)
    if request.method == "POST":
        with form:
            said = _restore(request, backup) if backup else _known(ASKED, do)(request, found, form)
            messages.success(request, said)
            return redirect("workshop-seat", slug, number)
    keep = timedelta(hours=found.workshop.keep_hours)
    context = {
        **about(found),
        "form": form,
        "do": do,
        "backup": backup,
        "kept": span_words(keep),
        "kept_until": timezone.now() + keep,
    }
    return render(request, "workshop/seat_ask.html", context, status=form.status)


def _known(dos: dict[str, Do], do: str) -> Do:
    """Raises `NotFound` for an address that says something else."""
    if do not in dos:
        raise NotFound(_("There is nothing of that name to do."))
    return dos[do]


def _claim(found: Seat) -> Claim:
    claim = claim_at(found)
    if claim is None:
        raise Conflict(_("Nobody has this seat."), code="SEAT_FREE")
    claim.workshop, claim.seat = found.workshop, found
    return claim


def _message(request: PageRequest, found: Seat, form: Typed) -> str:
    claim = _claim(found)
    message_one(request.actor, claim, form.get("text"))
    return _("%(name)s sees the message.") % {"name": claim.name}


def _memory(request: PageRequest, found: Seat, form: Typed) -> str:
    workspace_resize(request.actor, workspace_of(found), memory_mb=memory_read(form.get("memory_mb")))
    return _("The seat gets that much memory, while it runs on.")


def _reassign(request: PageRequest, found: Seat, form: Typed) -> int:
    """The number of the seat at which they sit now."""
    claim, to = _claim(found), form.get("to")
    target = Seat.objects.filter(workshop=found.workshop, number=int(to)).first() if is_number(to) else None
    if target is None:
        wrong = _("Choose a free seat.")
        raise Invalid(wrong, code="SEAT_NOT_FREE", details={"to": wrong})
    claim_reassign(request.actor, claim, target)
    said = _("%(name)s has seat %(number)d now.") % {"name": claim.name, "number": target.number}
    messages.success(request, said)
    return target.number


def _release(request: PageRequest, found: Seat, form: Typed) -> str:
    claim = _claim(found)
    claim_release(request.actor, claim)
    return _("%(name)s has no seat any more. The seat is being made anew.") % {"name": claim.name}


def _reset(request: PageRequest, found: Seat, form: Typed) -> str:
    seat_reset(request.actor, found, backup=form.get("backup") == "1")
    return _("The seat is being set back.")


def _restore(request: PageRequest, backup: Backup) -> str:
    backup_restore(request.actor, backup)
    return _("The seat is being set back to that copy.")


def _backup(request: PageRequest, found: Seat) -> Backup:
    """One of this seat's, by its number in the address or the form."""
    number = request.GET.get("backup") or request.POST.get("backup") or ""
    rows = Backup.objects.filter(seat=found).select_related("seat__workshop", "seat__workspace", "snapshot", "claim")
    backup = rows.filter(pk=int(number)).first() if is_number(number) else None
    if backup is None:
        raise NotFound(_("There is no such copy."), code="BACKUP_NOT_FOUND")
    return backup


CHANGES: dict[str, Do] = {"message": _message, "memory": _memory}
ASKED: dict[str, Do] = {"release": _release, "reset": _reset}
