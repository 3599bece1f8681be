"""The pages of templates: the list, one with its editor, a new one, and what the editor asks while somebody types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actors import signed_in
from accounts.views.request import PageRequest
from accounts.views.typed import Typed
from workspaces.models import Kind, Template
from workspaces.templating import (
    Mistake,
    Preset,
    built_in_text,
    template_check,
    template_delete,
    template_get,
    template_put,
    template_warnings,
    templates_check_may_change,
    templates_list,
    templates_may_change,
)

STARTER = "name: \ndescription: \nresources:\n  memory: 2g\n  cpus: 1\nnetwork:\n  mode: internet\n"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of a text: what it means, or its mistakes; and warnings. Both with the line as it stands."""

    preset: Preset | None
    kind_title: str
    mistakes: list[tuple[Mistake, str]]
    warnings: list[tuple[Mistake, str]]


@require_safe
@never_cache
def templates(request: PageRequest) -> HttpResponse:
    """All templates, with what each means."""
    signed_in(request.actor)
    context = {
        "cards": [(template, checked(template.yaml)) for template in templates_list()],
        "may_change": templates_may_change(request.actor),
    }
    return render(request, "templates/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: PageRequest) -> HttpResponse:
    """Write a new one, from scratch or, by `?from=`, from another."""
    templates_check_may_change(request.actor)
    form = Typed(request)
    if request.method == "POST":
        with form:
            return _saved(request, template_put(request.actor, form.get("yaml"), replaces=""))
    source = request.GET.get("from", "")
    return _editor(request, form, template_get(source).yaml if source else STARTER)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def template(request: PageRequest, name: str) -> HttpResponse:
    """Read one; change it, who may. `?original` fills in what it said when it came with the program."""
    signed_in(request.actor)
    found, form = template_get(name), Typed(request)
    if request.method == "POST":
        with form:
            return _saved(request, template_put(request.actor, form.get("yaml"), replaces=found.name))
    if not templates_may_change(request.actor):
        context = {"template": found, "checked": checked(found.yaml)}
        return render(request, "templates/template.html", context, status=form.status)
    original = built_in_text(found.name) if found.built_in else ""
    asked = original if "original" in request.GET else ""
    return _editor(request, form, asked or found.yaml, template=found, original=original, shows_original=bool(asked))


@require_POST
@never_cache
def check(request: PageRequest) -> HttpResponse:
    """What is wrong with the text in the editor, and what it means."""
    templates_check_may_change(request.actor)
    text, replaces = request.POST.get("yaml", ""), request.POST.get("replaces", "")
    return render(request, "templates/_check.html", {"checked": checked(text, replaces)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def delete(request: PageRequest, name: str) -> HttpResponse:
    """Ask; delete when that is confirmed."""
    templates_check_may_change(request.actor)
    found = template_get(name)
    if request.method != "POST":
        return render(request, "templates/delete.html", {"template": found})
    template_delete(request.actor, found.name)
    messages.success(request, _("The template “%(name)s” is deleted.") % {"name": found.name})
    return redirect("templates")


def checked(text: str, replaces: str | None = None) -> Checked:
    """What is to be said of `text`, were it saved as `template_put` has it."""
    reading = template_check(text, replaces=replaces)
    lines = re.split("\r\n|\r|\n", text)
    slug = reading.preset.kind if reading.preset else None
    return Checked(
        preset=reading.preset,
        kind_title=Kind.objects.get(slug=slug).title if slug else "",
        mistakes=[(mistake, lines[mistake.line - 1].strip()) for mistake in reading.mistakes],
        warnings=[(warning, lines[warning.line - 1].strip()) for warning in template_warnings(reading)],
    )


def _editor(request: PageRequest, form: Typed, text: str, **context: Any) -> HttpResponse:
    """The page to write one; what was typed stays typed."""
    text = form.values.get("yaml", text)
    found: Template | None = context.get("template")
    is_starter = found is None and text == STARTER
    context |= {
        "form": form,
        "text": text,
        "replaces": found.name if found else "",
        "checked": None if is_starter else checked(text, found.name if found else ""),
        "rows": min(max(text.count("\n") + 3, 16), 40),
        "kinds": Kind.objects.filter(enabled=True).values_list("slug", flat=True),
    }
    return render(request, "templates/edit.html", context, status=form.status)


def _saved(request: PageRequest, saved: Template) -> HttpResponse:
    messages.success(request, _("The template “%(name)s” is saved.") % {"name": saved.name})
    return redirect("template", saved.name)
