"""The form for a new workspace."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.actors import full_member
from accounts.models import User
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from spaces_site.errors import Invalid
from workspaces.limits import max_cpus, max_memory_mb, places_of
from workspaces.selectors import kinds_offered
from workspaces.services import workspace_create
from workspaces.views.create_extras import SECRET_FIELDS, extras, extras_shown, kind_of_template
from workspaces.views.shown import kind_icon

MEMORY_CHOICES_MB = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
CPU_CHOICES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
N = TypeVar("N", int, float)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password", *SECRET_FIELDS)
def new(request: PageRequest) -> HttpResponse:
    """Choose a kind, and change what it brings if you like."""
    user, form = full_member(request.actor), Typed(request)
    if request.method == "POST":
        with form:
            workspace = workspace_create(
                request.actor,
                kind=form.get("kind"),
                name=form.get("name"),
                password=form.get("password"),
                memory_mb=_number(form, "memory_mb", int),
                cpus=_number(form, "cpus", float),
                **extras(request, form),
            )
            return redirect("workspace", workspace.public_id)
    return _page(request, user, form)


def _page(request: PageRequest, user: User, form: Typed) -> HttpResponse:
    shown = extras_shown(request, user, form)
    offers = [(offer, kind_icon(offer.kind.slug)) for offer in kinds_offered()]
    asked = form.get("kind") or request.GET.get("kind", "") or kind_of_template(form)
    slugs = [offer.kind.slug for offer, _icon in offers]
    context = {
        "form": form,
        "offers": offers,
        "chosen_kind": asked if asked in slugs else next(iter(slugs), ""),
        "places": places_of(user),
        "memory_choices": _up_to(MEMORY_CHOICES_MB, max_memory_mb(user)),
        "cpu_choices": _up_to(CPU_CHOICES, max_cpus(user)),
        "has_options": any(form.get(name) for name in ("memory_mb", "cpus")),
        **shown,
    }
    return render(request, "workspaces/new.html", context, status=form.status)


def _up_to(choices: tuple[N, ...], most: N) -> list[N]:
    """The choices that are not larger than `most`, and `most` itself, unless that is as good as no limit."""
    return sorted({choice for choice in choices if choice < most} | {min(most, choices[-1])})


def _number(form: Typed, name: str, kind: type[N]) -> N | None:
    """A field as a number; None when it was left empty. Raises `Invalid`."""
    text = form.get(name).strip()
    try:
        return kind(text) if text else None
    except ValueError:
        wrong = _("Choose one of the list.")
        raise Invalid(wrong, details={name: wrong}) from None
