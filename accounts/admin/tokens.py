"""API tokens, to look at and revoke. Their text is nowhere, and their hash is nobody's business."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.own import OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from accounts.models import ApiToken
from accounts.services import token_revoke_any


@admin.register(ApiToken)
class ApiTokenAdmin(OwnRows, ReadOnlyAdmin):
    own = "user"
    list_display = ("name", "user", "prefix", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email", "user__username")
    exclude = ("key_hash",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description=_("Revoke the selected tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        live = list(queryset.filter(revoked_at=None))
        for token in live:
            token_revoke_any(request.actor, token.pk)  # type: ignore[attr-defined]
        text = ngettext("%(count)d token was revoked.", "%(count)d tokens were revoked.", len(live))
        self.message_user(request, text % {"count": len(live)}, messages.SUCCESS)
