"""Operations, to look at and search."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounts.admin.own import OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workspaces.admin.chips import OPERATION_STATES, Chip
from workspaces.models import Operation


@display(description=gettext_lazy("state"), ordering="state", label=OPERATION_STATES)
def state_chip(operation: Operation) -> Chip:
    percent = f" {operation.percent} %" if operation.is_open else ""
    return Chip(operation.state, f"{operation.get_state_display()}{percent}")


@admin.display(description=gettext_lazy("took"))
def took(operation: Operation) -> str:
    """Seconds from its beginning to its end."""
    if operation.finished_at is None:
        return ""
    began = operation.started_at or operation.created_at
    return _("%(seconds).1f s") % {"seconds": (operation.finished_at - began).total_seconds()}


@admin.register(Operation)
class OperationAdmin(OwnRows, ReadOnlyAdmin):
    own = "workspace__owner"
    list_display = ("created_at", "verb", "workspace_name", "actor", state_chip, took, "attempts", "error")
    list_select_related = ("actor",)
    list_filter = (("state", ChoicesDropdownFilter), ("verb", ChoicesDropdownFilter), ("created_at", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("workspace_name", "workspace_public_id", "actor__email", "actor__username", "error", "error_code")
    date_hierarchy = "created_at"
    list_per_page = 100


class OperationInline(TabularInline):
    """What was done to a workspace, newest first."""

    model = Operation
    fields = ("created_at", "verb", "actor", state_chip, took, "error")
    readonly_fields = fields
    extra = 0
    per_page = 10
    can_delete = False
    tab = True
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        operations: QuerySet[Operation] = super().get_queryset(request)
        return operations.select_related("actor")

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
