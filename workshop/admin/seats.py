"""Seats, to look at and search."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.admin.own import OwnChoicesFilter, OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workshop.admin.inlines import participant, seat_chip, with_participant
from workshop.models import Seat


@admin.register(Seat)
class SeatAdmin(OwnRows, ReadOnlyAdmin):
    own = "workshop__owner"
    list_display = ("number", "workshop", "workspace", seat_chip, participant, "ready_at", "attempts", "problem")
    list_filter = (("workshop", OwnChoicesFilter), ("workspace__state", ChoicesDropdownFilter))
    list_filter_submit = True
    search_fields = ("workshop__title", "workspace__name", "workspace__public_id", "claims__name", "claims__email")
    ordering = ("workshop", "number")
    fields = (
        "workshop", "number", "workspace", seat_chip, participant, "ready_at", "attempts", "problem", "created_at",
        "cpu_percent", "memory_bytes", "failing", "sampled_at",
    )  # fmt: skip
    readonly_fields = fields
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        return with_participant(super().get_queryset(request))
