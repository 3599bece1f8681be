"""What happened, to look at and search."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from accounts.admin.own import OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from accounts.models import AuditEvent, User


@admin.register(AuditEvent)
class AuditEventAdmin(OwnRows, ReadOnlyAdmin):
    list_display = ("at", "action", "actor_name", "workspace_called", "address", "request_id")
    list_filter = (("action", admin.AllValuesFieldListFilter), ("at", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("action", "actor_name", "workspace", "workspace_name", "address", "request_id")
    date_hierarchy = "at"
    list_per_page = 100

    def own_rows(self, user: User) -> Q:
        """What they did, and what was done to what was theirs then."""
        return Q(actor=user) | Q(owner=user)

    @admin.display(description=_("workspace"), ordering="workspace")
    def workspace_called(self, event: AuditEvent) -> str:
        """Its name then; older events have its id alone."""
        return event.workspace_name or event.workspace
