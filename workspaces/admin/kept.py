"""Files that were kept of deleted workspaces, which keep their owner's account as well until they are gone."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.own import OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workspaces.admin.each import actor_of, for_each
from workspaces.keeping import kept_files_delete
from workspaces.models import KeptFiles


@admin.register(KeptFiles)
class KeptFilesAdmin(OwnRows, ReadOnlyAdmin):
    list_display = ("name", "owner", "kind", "public_id", "kept_at", "removing")
    list_filter = ("removing", "kind")
    list_select_related = ("owner", "kind")
    search_fields = ("name", "public_id", "owner__email", "owner__username")
    date_hierarchy = "kept_at"
    actions = ("discard",)

    def has_discard_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workspaces.delete_keptfiles")

    @admin.action(description=gettext_lazy("Delete these files for good"), permissions=["discard"])
    def discard(self, request: HttpRequest, queryset: QuerySet[KeptFiles]) -> None:
        for_each(request, queryset, lambda kept: kept_files_delete(actor_of(request), kept.public_id), _discarded)


def _discarded(count: int) -> str:
    text = ngettext(
        "The files of %(count)d workspace are being deleted.",
        "The files of %(count)d workspaces are being deleted.",
        count,
    )
    return text % {"count": count}
