"""Claims: who has, had or waits for a seat, and releasing it. Addresses with keys in them are on the leader's page."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.admin.own import OwnChoicesFilter, OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workshop.admin.export import claims_csv
from workshop.admin.inlines import claim_chip
from workshop.models import Claim
from workshop.services.releasing import claim_release
from workspaces.admin.each import actor_of, for_each


@admin.register(Claim)
class ClaimAdmin(OwnRows, ReadOnlyAdmin):
    own = "workshop__owner"
    list_display = (
        "name", "email", "workshop", "seat_number", claim_chip, "workspace_name", "claimed_at", "opened_at",
        "released_at", "released_because",
    )  # fmt: skip
    list_filter = (
        ("workshop", OwnChoicesFilter), ("state", ChoicesDropdownFilter), ("released_because", ChoicesDropdownFilter),
        ("joined_at", RangeDateFilter),
    )  # fmt: skip
    list_filter_submit = True
    list_select_related = ("workshop", "seat")
    search_fields = ("name", "email", "workspace_name", "workspace_public_id", "workshop__title")
    date_hierarchy = "joined_at"
    list_per_page = 100
    fields = (
        "workshop", "name", "email", claim_chip, "seat_number", "workspace_name", "workspace_public_id", "joined_at",
        "claimed_at", "opened_at", "hand_raised_at", "hand_note", "released_at", "released_because", "files_until",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("release", "export")

    @admin.display(description=_("seat"), ordering="seat__number")
    def seat_number(self, claim: Claim) -> str:
        return str(claim.seat.number) if claim.seat else ""

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshop.change_claim")

    @admin.action(description=_("Release the seats of the selected claims"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        seated = list(queryset.filter(state=Claim.State.ACTIVE))
        if not seated:
            self.message_user(request, _("None of them has a seat."), messages.WARNING)
        for_each(request, seated, lambda claim: claim_release(actor_of(request), claim), _released)

    @admin.action(description=_("Download the selected claims (CSV)"), permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse:
        return claims_csv(actor_of(request), queryset)


def _released(count: int) -> str:
    return ngettext("%(count)d seat was released.", "%(count)d seats were released.", count) % {"count": count}
