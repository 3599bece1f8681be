"""How far a wish for many workspaces is: a panel on the list, a page of its own, and all that there were."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.views.next_page import next_or
from accounts.views.request import PageRequest
from workspaces.batches import BatchProgress, batch_get, batch_operations, batches_of
from workspaces.reasons import reason_shown
from workspaces.states import State, Verb
from workspaces.views.shown import shown_operation

PANELS = 3
PROBLEMS_SHOWN = 3
CLEAN_SHOWN_FOR = timedelta(minutes=10)
SHOWN_FOR = timedelta(days=1)
LISTED = 50
DISMISSED = "batches_dismissed"
"""In the session: which panels were put away; the last of them."""


@dataclass(frozen=True, slots=True)
class BatchShown:
    """`title`: what was asked; `words`: how far it is; `problems`: name and reason of each that did not go well;
    `again`: public ids of copies that could not be made, and may be tried again by starting them."""

    progress: BatchProgress
    title: str
    words: str
    chip: str
    icon: str
    problems: list[tuple[str, str]]
    again: list[str] = field(default_factory=list)

    @property
    def first_problems(self) -> list[tuple[str, str]]:
        return self.problems[:PROBLEMS_SHOWN]

    @property
    def more_problems(self) -> int:
        return len(self.problems) - len(self.first_problems)


@require_safe
@never_cache
def batches(request: PageRequest) -> HttpResponse:
    """What the actor asked for in the last weeks."""
    found = [batch_shown(progress) for progress in batches_of(request.actor, LISTED)]
    return render(request, "workspaces/batches.html", {"batches": found})


@require_safe
@never_cache
def batch(request: PageRequest, batch_id: uuid.UUID) -> HttpResponse:
    """One of them, with what became of each workspace."""
    progress = batch_get(request.actor, batch_id)
    operations = [shown_operation(operation) for operation in batch_operations(progress)]
    context = {"one": batch_shown(progress), "operations": operations, "here": request.path}
    return render(request, "workspaces/batch.html", context)


@require_safe
@never_cache
def panel(request: PageRequest, batch_id: uuid.UUID) -> HttpResponse:
    """The panel of one, for a list that shows it."""
    one = batch_shown(batch_get(request.actor, batch_id))
    return render(request, "workspaces/_batch.html", {"one": one, "here": reverse("workspaces")})


@require_POST
def dismiss(request: PageRequest, batch_id: uuid.UUID) -> HttpResponse:
    """Put its panel away. It goes on, and its page stays."""
    batch_get(request.actor, batch_id)
    dismissed = [*request.session.get(DISMISSED, []), str(batch_id)]
    request.session[DISMISSED] = list(dict.fromkeys(dismissed))[-LISTED:]
    if "HX-Request" in request.headers:
        return HttpResponse()
    return redirect(next_or(request, reverse("workspaces")))


def batches_at_hand(request: PageRequest) -> dict[str, Any]:
    """Context of the list: the panels that are news, and whether there are older ones to look at."""
    found, dismissed = batches_of(request.actor, PANELS), request.session.get(DISMISSED, [])
    news = [progress for progress in found if str(progress.batch.pk) not in dismissed and _is_news(progress)]
    return {"batches": [batch_shown(progress) for progress in news], "has_batches": bool(found)}


def batch_shown(progress: BatchProgress) -> BatchShown:
    """In words and colours."""
    if not progress.is_settled:
        chip, icon = "busy", "busy"
    elif progress.is_clean:
        chip, icon = "done", "check"
    else:
        chip, icon = ("failed", "error") if progress.failed else ("paused", "info")
    return BatchShown(progress, _title(progress), _words(progress), chip, icon, _problems(progress), _again(progress))


def _is_news(progress: BatchProgress) -> bool:
    age = timezone.now() - progress.batch.created_at
    return age < (CLEAN_SHOWN_FOR if progress.is_settled and progress.is_clean else SHOWN_FOR)


def _title(progress: BatchProgress) -> str:
    n = progress.batch.total
    match progress.batch.verb:
        case Verb.START:
            text = ngettext("Start %(n)d workspace", "Start %(n)d workspaces", n)
        case Verb.STOP:
            text = ngettext("Stop %(n)d workspace", "Stop %(n)d workspaces", n)
        case Verb.CLONE:
            text = ngettext("Make %(n)d copy", "Make %(n)d copies", n)
        case _:
            text = ngettext("Delete %(n)d workspace", "Delete %(n)d workspaces", n)
    return text % {"n": n}


def _words(progress: BatchProgress) -> str:
    """7 of 10 stopped, 1 failed."""
    match progress.batch.verb:
        case Verb.START:
            text = _("%(done)d of %(total)d started")
        case Verb.STOP:
            text = _("%(done)d of %(total)d stopped")
        case Verb.CLONE:
            text = _("%(done)d of %(total)d made")
        case _:
            text = _("%(done)d of %(total)d deleted")
    parts = [text % {"done": progress.done, "total": progress.batch.total}]
    parts += [_("%(n)d failed") % {"n": progress.failed}] if progress.failed else []
    parts += [_("%(n)d refused") % {"n": progress.refused}] if progress.refused else []
    parts += [_("%(n)d replaced by something newer") % {"n": progress.replaced}] if progress.replaced else []
    parts += [_("%(n)d not asked") % {"n": progress.lost}] if progress.lost else []
    return ", ".join(parts)


def _again(progress: BatchProgress) -> list[str]:
    if progress.batch.verb != Verb.CLONE:
        return []
    failed = (one.workspace for one in progress.failures)
    return [workspace.public_id for workspace in failed if workspace is not None and workspace.state == State.ERROR]


def _problems(progress: BatchProgress) -> list[tuple[str, str]]:
    failed = [(one.workspace_name, reason_shown(one.error)) for one in progress.failures]
    return failed + [(one["name"], one["message"]) for one in progress.batch.refused]
