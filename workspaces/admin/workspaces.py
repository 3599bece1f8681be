"""Workspaces: every change goes through the services, as from the pages and the APIs. Rows are never written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from spaces_site.errors import SpacesError
from workspaces import services
from workspaces.admin.chips import STATES, Chip
from workspaces.admin.cloning import clone_asked
from workspaces.admin.each import actor_of, for_each
from workspaces.admin.operations import OperationInline
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Operation, Workspace
from workspaces.selectors import workspaces_for, workspaces_visible
from workspaces.services.names import name_check_free, name_clean
from workspaces.states import Verb

LINK = "text-primary-600 dark:text-primary-400 underline"
Service = Callable[..., Operation | None]


class WorkspaceForm(forms.ModelForm):
    """The name is all that can be typed here."""

    def clean_name(self) -> str:
        try:
            name = name_clean(self.cleaned_data["name"])
            name_check_free(self.instance.owner, name, besides=self.instance)
        except SpacesError as error:
            raise forms.ValidationError(str(error.details.get("name", error.message))) from error
        return name


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin):
    form = WorkspaceForm
    list_display = ("name", "owner", "kind", "state_chip", "memory_mb", "cpus", "last_opened_at")
    list_filter = (
        ("state", ChoicesDropdownFilter), ("kind", RelatedDropdownFilter), ("owner", AutocompleteSelectFilter)
    )  # fmt: skip
    list_filter_submit = True
    search_fields = ("name", "owner__email", "owner__username", "public_id")
    fieldsets = (
        (None, {"fields": ("name", "owner", "kind", "state_chip", "error", "page")}),
        (gettext_lazy("What it is for"), {"fields": ("group", "starter", "git_url", "template", "notes")}),
        (
            gettext_lazy("How large it is"),
            {"fields": ("memory_mb", "cpus", "pids", "network_mode", "out_of_memory_at")},
        ),
        (gettext_lazy("When unused"), {"fields": ("idle_pause_minutes", "idle_stop_minutes", "keep_awake_until")}),
        (gettext_lazy("On the engine"), {"fields": ("public_id", "engine", "container_id", "image", "address")}),
        (
            gettext_lazy("Dates"),
            {"fields": ("created_at", "started_at", "stopped_at", "last_opened_at", "last_activity_at")},
        ),
    )
    inlines = (OperationInline,)
    actions = ("start", "stop", "restart", "pause", "clone", "delete_selected")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        """A leader's own, without those that others share with them."""
        actor = actor_of(request)
        return workspaces_visible(actor) if actor.is_staff else workspaces_for(actor)

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        """By owner only for who sees those of more than one."""
        return self.list_filter if actor_of(request).is_staff else self.list_filter[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: Workspace | None = None) -> list[str]:
        return [name for _title, options in self.fieldsets for name in options["fields"] if name != "name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # who makes one owns it, on the page for that

    @display(description=gettext_lazy("status"), ordering="state", label=STATES)
    def state_chip(self, workspace: Workspace) -> Chip:
        return Chip(workspace.state, workspace.get_state_display())

    @admin.display(description=gettext_lazy("page"))
    def page(self, workspace: Workspace) -> str:
        page, app = reverse("workspace", args=(workspace.public_id,)), workspace_url(workspace)
        link = format_html('<a class="{}" href="{}">{}</a>', LINK, page, _("its page"))
        return format_html('{} · <a class="{}" href="{}">{}</a>', link, LINK, app, app)

    @admin.display(description=gettext_lazy("name there"))
    def engine(self, workspace: Workspace) -> str:
        return workspace.engine_name

    @admin.action(description=gettext_lazy("Start the selected workspaces"), permissions=["change"])
    def start(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        _each(request, queryset, Verb.START, services.workspace_start)

    @admin.action(description=gettext_lazy("Stop the selected workspaces"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        _each(request, queryset, Verb.STOP, services.workspace_stop)

    @admin.action(description=gettext_lazy("Restart the selected workspaces"), permissions=["change"])
    def restart(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        _each(request, queryset, Verb.RESTART, services.workspace_restart)

    @admin.action(description=gettext_lazy("Pause the selected workspaces"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        _each(request, queryset, Verb.PAUSE, services.workspace_pause)

    @admin.action(description=gettext_lazy("Copy the selected workspaces …"), permissions=["change"])
    def clone(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> HttpResponse | None:
        return clone_asked(self, request, queryset)

    @admin.action(description=gettext_lazy("Delete the selected workspaces"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> HttpResponse | None:
        """Django's page that asks first; then the service, once for each."""
        if request.POST.get("post"):
            self.delete_queryset(request, queryset)
            return None
        answer: HttpResponse | None = delete_selected(self, request, queryset)
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is lost, in words; the rows that go along are nobody's loss."""
        lost = [
            _("%(name)s of %(owner)s: all its files, installed packages and settings. This cannot be undone.")
            % {"name": workspace.name, "owner": workspace.owner}
            for workspace in objs
        ]
        return lost, {Workspace._meta.verbose_name_plural: len(lost)}, set(), []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Workspace]) -> None:
        _each(request, queryset, Verb.DELETE, services.workspace_delete)

    def delete_model(self, request: HttpRequest, obj: Workspace) -> None:
        services.workspace_delete(actor_of(request), obj, password=None)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except SpacesError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(reverse("admin:workspaces_workspace_change", args=(object_id,)))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        messages.success(request, _("%(name)s is being deleted.") % {"name": obj_display})
        return HttpResponseRedirect(reverse("admin:workspaces_workspace_changelist"))

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        if "name" in form.changed_data:
            services.workspace_rename(actor_of(request), obj, form.cleaned_data["name"])


def _each(request: HttpRequest, workspaces: QuerySet[Workspace], verb: Verb, service: Service) -> None:
    def done(count: int) -> str:
        text = ngettext(
            "%(verb)s: under way for %(count)d workspace.", "%(verb)s: under way for %(count)d workspaces.", count
        )
        return text % {"verb": verb.label, "count": count}

    for_each(request, workspaces, lambda workspace: service(actor_of(request), workspace, password=None), done)
