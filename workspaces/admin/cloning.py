"""Copies of workspaces: how many is asked on a page of its own, then the service makes them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from workspaces.admin.each import actor_of, for_each
from workspaces.models import Workspace
from workspaces.services.cloning import MOST, workspace_clone


class CloneForm(forms.Form):
    """How many of each."""

    count = forms.IntegerField(
        label=gettext_lazy("copies of each"),
        min_value=1,
        max_value=MOST,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"autofocus": True}),
    )


def clone_asked(table: Any, request: HttpRequest, workspaces: QuerySet[Workspace]) -> HttpResponse | None:
    """The page that asks how many; None once they are being made, or each refusal is said."""
    form = CloneForm(request.POST if request.POST.get("post") else None)
    if not form.is_valid():
        return _page(table, request, workspaces, form)
    made = 0

    def clone(workspace: Workspace) -> None:
        nonlocal made
        cloning = workspace_clone(
            actor_of(request), workspace, count=form.cleaned_data["count"], source_password=None
        )
        made += len(cloning.clones)

    def done(_count: int) -> str:
        text = ngettext("%(count)d copy is being made.", "%(count)d copies are being made.", made)
        return text % {"count": made}

    for_each(request, workspaces, clone, done)
    return None


def _page(table: Any, request: HttpRequest, workspaces: QuerySet[Workspace], form: CloneForm) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Make copies"),
        "opts": table.opts,
        "form": form,
        "workspaces": workspaces,
        "checkbox": ACTION_CHECKBOX_NAME,
        "media": table.media,
    }
    return TemplateResponse(request, "admin/workspaces/clone.html", context)
