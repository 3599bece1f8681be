"""Workshops: how far each is, and opening, closing, ending and filling them. The rest is on the leader's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounts.actors import Actor
from accounts.admin.own import OwnChoicesFilter, OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workshop.admin.chips import WORKSHOP_STATES
from workshop.admin.export import claims_csv
from workshop.admin.inlines import ClaimInline, SeatInline
from workshop.models import Claim, Seat, Workshop
from workshop.services.seats import seats_fill
from workshop.services.workshops import workshop_close, workshop_end, workshop_open
from workspaces.admin.chips import Chip
from workspaces.admin.each import actor_of, for_each
from workspaces.admin.workspaces import LINK

Service = Callable[[Actor, Workshop], Any]
SEATS, CLAIMED, WAITING = "seats_count", "claimed_count", "waiting_count"


@admin.register(Workshop)
class WorkshopAdmin(OwnRows, ReadOnlyAdmin):
    list_display = (
        "title", "slug", "owner", "state_chip", "seats_there", "seats_claimed", "people_waiting", "opens_at",
        "closes_at", "created_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter), ("owner", OwnChoicesFilter), ("created_at", RangeDateFilter)
    )  # fmt: skip
    list_filter_submit = True
    list_select_related = ("owner",)
    search_fields = ("title", "slug", "owner__email", "owner__username", "source__name")
    date_hierarchy = "created_at"
    fieldsets = (
        (None, {"fields": ("title", "slug", "owner", "state_chip", "problem", "source", "group", "adopts", "page")}),
        (_("Seats"), {"fields": ("seats_wanted", "seats_most", "seats_there", "seats_claimed", "people_waiting")}),
        (
            _("How it is"),
            {"fields": ("language", "has_access_code", "network_mode", "memory_mb", "message", "message_at")},
        ),
        (
            _("When"),
            {"fields": ("opens_at", "closes_at", "at_end", "grace_hours", "keep_hours", "no_show_minutes")},
        ),
        (_("Dates"), {"fields": ("created_at", "state_changed_at", "ended_at")}),
    )
    inlines = (SeatInline, ClaimInline)
    actions = ("open", "fill", "close", "end", "export")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workshop]:
        """With how many seats and people there are, in the one query."""
        found: QuerySet[Workshop] = super().get_queryset(request)
        claims = Claim.objects.all()
        return found.annotate(
            **{
                SEATS: _count(Seat.objects.all()),
                CLAIMED: _count(claims.filter(state=Claim.State.ACTIVE)),
                WAITING: _count(claims.filter(state=Claim.State.WAITING)),
            }
        )

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """By leader only for who sees those of more than one."""
        return [one for one in self.list_filter if actor_of(request).is_staff or one[0] != "owner"]

    def get_readonly_fields(self, request: HttpRequest, obj: Workshop | None = None) -> list[str]:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    @display(description=_("status"), ordering="state", label=WORKSHOP_STATES)
    def state_chip(self, workshop: Workshop) -> Chip:
        return Chip(workshop.state, workshop.get_state_display())

    @admin.display(description=_("page"))
    def page(self, workshop: Workshop) -> str:
        """The leader's, where seats are watched and the rest is changed."""
        return format_html('<a class="{}" href="{}">{}</a>', LINK, reverse("workshop", args=(workshop.slug,)), workshop)

    @admin.display(description=_("seats"), ordering=SEATS)
    def seats_there(self, workshop: Workshop) -> int:
        return getattr(workshop, SEATS, None) or 0

    @admin.display(description=_("claimed"), ordering=CLAIMED)
    def seats_claimed(self, workshop: Workshop) -> int:
        return getattr(workshop, CLAIMED, None) or 0

    @admin.display(description=_("waiting"), ordering=WAITING)
    def people_waiting(self, workshop: Workshop) -> int:
        return getattr(workshop, WAITING, None) or 0

    @admin.display(description=_("asks for a code"), boolean=True)
    def has_access_code(self, workshop: Workshop) -> bool:
        return bool(workshop.access_code_sealed)

    def has_lead_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshop.change_workshop")

    def has_claims_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("workshop.view_claim")

    @admin.action(description=_("Open the selected workshops"), permissions=["lead"])
    def open(self, request: HttpRequest, queryset: QuerySet[Workshop]) -> None:
        _each(request, queryset, workshop_open)

    @admin.action(description=_("Make the missing seats now"), permissions=["lead"])
    def fill(self, request: HttpRequest, queryset: QuerySet[Workshop]) -> None:
        """What the worker does by itself a little later."""
        begun = sum(seats_fill(workshop) for workshop in queryset)
        text = ngettext("%(count)d seat is being made.", "%(count)d seats are being made.", begun)
        self.message_user(request, text % {"count": begun}, messages.SUCCESS)

    @admin.action(description=_("Close the selected workshops"), permissions=["lead"])
    def close(self, request: HttpRequest, queryset: QuerySet[Workshop]) -> None:
        _each(request, queryset, workshop_close)

    @admin.action(description=_("End the selected workshops"), permissions=["lead"])
    def end(self, request: HttpRequest, queryset: QuerySet[Workshop]) -> None:
        _each(request, queryset, workshop_end)

    @admin.action(description=_("Download the claims of the selected workshops (CSV)"), permissions=["claims"])
    def export(self, request: HttpRequest, queryset: QuerySet[Workshop]) -> HttpResponse:
        return claims_csv(actor_of(request), Claim.objects.filter(workshop__in=queryset.values("pk")))


def _count(rows: QuerySet[Any]) -> Subquery:
    counted = rows.filter(workshop=OuterRef("pk")).order_by().values("workshop").annotate(n=Count("pk"))
    return Subquery(counted.values("n"))


def _each(request: HttpRequest, workshops: QuerySet[Workshop], service: Service) -> None:
    def done(count: int) -> str:
        return ngettext("Done for %(count)d workshop.", "Done for %(count)d workshops.", count) % {"count": count}

    for_each(request, workshops, lambda workshop: service(actor_of(request), workshop), done)
