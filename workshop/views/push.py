"""Pushing files or a command to seats, and what became of it."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.statuses import status_of
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid, NotFound, SpacesError
from workshop.models import Push, Workshop
from workshop.pushing.commands import command_seconds
from workshop.services.pushing import (
    ALL,
    CLAIMED,
    MOST_BYTES,
    MOST_FILES,
    Which,
    push_command,
    push_files,
    push_get,
    push_results,
    push_retry,
    push_undo,
    pushes_of,
)
from workshop.views.found import workshop_found
from workshop.views.push_shown import push_shown

ON_THE_WALL = 3
MOST_NUMBERS = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pushes(request: PageRequest, slug: str) -> HttpResponse:
    """What to push and where to; and what was pushed before. A script that sends files is answered in JSON."""
    workshop, form = workshop_found(request, slug), Typed(request)
    if request.method == "POST":
        if "application/json" in request.headers.get("Accept", ""):
            return _in_json(request, workshop, form)
        with form:
            return redirect("workshop-push", slug, _pushed(request, workshop, form).pk)
    context = {
        "workshop": workshop,
        "form": form,
        "pushes": [push_shown(one) for one in pushes_of(workshop)],
        "existing": Push.Existing.choices,
        "chosen_existing": form.get("existing") or Push.Existing.BESIDE,
        "chosen_seats": form.get("which") or ALL,
        "numbers": form.get("numbers") or request.GET.get("numbers", "")[:200],
        "root": workshop.data_path,
        "most_bytes": MOST_BYTES,
        "most_files": MOST_FILES,
        "seconds": int(command_seconds()),
    }
    return render(request, "workshop/pushes.html", context, status=form.status)


@require_safe
@never_cache
def push(request: PageRequest, slug: str, push_id: uuid.UUID) -> HttpResponse:
    """One of them: how far it is, and what became of it at each seat."""
    workshop = workshop_found(request, slug)
    found = pushes_of(workshop).filter(pk=push_id).first()
    if found is None:
        raise NotFound(_("There is no such push."), code="PUSH_NOT_FOUND")
    context = {"workshop": workshop, "one": push_shown(found, push_results(found)), "here": request.path}
    return render(request, "workshop/push.html", context)


@require_safe
@never_cache
def line(request: PageRequest, slug: str, push_id: uuid.UUID) -> HttpResponse:
    """One of them in a line, for a page that shows several."""
    workshop = workshop_found(request, slug)
    found = pushes_of(workshop).filter(pk=push_id).first()
    if found is None:
        return HttpResponse()  # it was the oldest of many, and made room
    return render(request, "workshop/_push_line.html", {"workshop": workshop, "one": push_shown(found)})


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: PageRequest, slug: str, push_id: uuid.UUID) -> HttpResponse:
    """Take it back as far as nobody has worked on with it."""
    if request.method != "POST":
        return redirect("workshop-push", slug, push_id)
    workshop_found(request, slug)
    found = push_get(request.actor, slug, push_id)
    try:
        return redirect("workshop-push", slug, push_undo(request.actor, found).pk)
    except SpacesError as error:
        messages.error(request, str(error.message))
    return redirect("workshop-push", slug, push_id)


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: PageRequest, slug: str, push_id: uuid.UUID) -> HttpResponse:
    """Try once more where it failed."""
    if request.method != "POST":
        return redirect("workshop-push", slug, push_id)
    workshop_found(request, slug)
    try:
        count = push_retry(request.actor, push_get(request.actor, slug, push_id))
        text = ngettext("It is tried again at %(n)d seat.", "It is tried again at %(n)d seats.", count)
        messages.success(request, text % {"n": count})
    except NotFound:
        raise
    except SpacesError as error:
        messages.error(request, str(error.message))
    return redirect("workshop-push", slug, push_id)


def push_section(workshop: Workshop) -> dict[str, Any]:
    """Context of `_push.html`, beside `workshop`."""
    return {"pushes_last": [push_shown(one) for one in pushes_of(workshop)[:ON_THE_WALL]]}


def numbers_read(text: str) -> list[int]:
    """Numbers of seats as people write them: 1, 3-5. Raises `Invalid` (SEATS_UNKNOWN)."""
    numbers: set[int] = set()
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[-–]\s*", "-", text.strip())):
        ends = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", part)
        if ends is None and part:
            raise _unknown(_("“%(text)s” is no number of a seat. Write them like 1, 3–5.") % {"text": part[:20]})
        if ends is not None:
            first, last = int(ends[1]), int(ends[2] or ends[1])
            if last - first >= MOST_NUMBERS:
                raise _unknown(_("There are not so many seats."))
            numbers.update(range(first, last + 1))
    return sorted(numbers)


def _pushed(request: PageRequest, workshop: Workshop, form: Typed) -> Push:
    which: Which = form.get("which")
    if which not in (ALL, CLAIMED):
        which = numbers_read(form.get("numbers"))
    if form.get("what") == "command":
        start = form.get("start_stopped") == "1"
        return push_command(
            request.actor, workshop, command=form.get("command"), seats=which, start_stopped=start
        )
    return push_files(
        request.actor,
        workshop,
        files=_files(request, form),
        folder=form.get("folder"),
        seats=which,
        existing=form.get("existing") or Push.Existing.BESIDE,
    )


def _files(request: PageRequest, form: Typed) -> dict[str, bytes]:
    """What was sent, by path. Browsers send names without their folders, so a script says those beside."""
    sent = request.FILES.getlist("files")
    if sum(one.size or 0 for one in sent) > MOST_BYTES:
        text = _("At most %(most)d MiB at once.") % {"most": MOST_BYTES // 1024**2}
        raise Invalid(text, code="PUSH_TOO_LARGE", details={"files": text})
    paths = _paths(form.get("paths"), len(sent)) or [one.name or "" for one in sent]
    return {path: one.read() for path, one in zip(paths, sent, strict=True)}


def _paths(text: str, count: int) -> list[str]:
    if not text:
        return []
    try:
        paths = json.loads(text)
    except ValueError:
        paths = None
    if not isinstance(paths, list) or len(paths) != count or not all(isinstance(path, str) for path in paths):
        message = _("The files did not come with their names. Try again.")
        raise Invalid(message, code="PATH_INVALID", details={"files": message})
    return paths


def _in_json(request: PageRequest, workshop: Workshop, form: Typed) -> HttpResponse:
    try:
        done = _pushed(request, workshop, form)
    except SpacesError as error:
        return JsonResponse({"error": str(error.message), "code": error.code}, status=status_of(error))
    return JsonResponse({"url": reverse("workshop-push", args=(workshop.slug, done.pk))}, status=201)


def _unknown(text: str) -> Invalid:
    return Invalid(text, code="SEATS_UNKNOWN", details={"numbers": text})
