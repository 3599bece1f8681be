"""Pushes that there are, scoped by who asks."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import NotFound
from workshop.models import Push, PushResult, Workshop
from workshop.selectors import workshop_get


def pushes_of(workshop: Workshop) -> QuerySet[Push]:
    """Its pushes, newest first, with how far their `results` are; what is large of either is left in the database."""
    results = PushResult.objects.defer("output", "files")
    return (
        Push.objects.filter(workshop=workshop)
        .select_related("workshop__owner", "workshop__source__kind", "actor", "undoes")
        .defer("files_sealed", "undoes__files_sealed")
        .prefetch_related(Prefetch("results", queryset=results), "undone_by")
        .order_by("-created_at")
    )


def push_results(push: Push) -> list[PushResult]:
    """What became of it at each seat, by number, with the output of a command and without what was kept of files."""
    results = push.results.select_related("seat").order_by("seat__number")
    return list(results if push.kind == Push.Kind.COMMAND else results.defer("output"))


def push_get(actor: Actor, slug: str, push_id: uuid.UUID) -> Push:
    """One push of a workshop of the actor's. Raises `NotFound`."""
    workshop = workshop_get(actor, slug)
    found = Push.objects.filter(workshop=workshop, pk=push_id).select_related("workshop__owner", "actor").first()
    if found is None:
        raise NotFound(_("There is no such push."), code="PUSH_NOT_FOUND")
    return found
