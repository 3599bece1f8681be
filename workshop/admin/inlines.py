"""Rows that are shown on the page of another one, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from workshop.admin.chips import CLAIM_STATES, PUSH_STATES
from workshop.models import Claim, PushResult, Seat
from workspaces.admin.chips import STATES, Chip


class ReadOnlyInline(TabularInline):
    """Who may see the row around it may see these."""

    extra = 0
    per_page = 20
    can_delete = False
    tab = True
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def with_participant(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    """Each seat with its workspace and, as `participant`, who has it now, in the one query."""
    active = Claim.objects.filter(seat=OuterRef("pk"), state=Claim.State.ACTIVE)
    return seats.select_related("workshop", "workspace").annotate(participant=Subquery(active.values("name")[:1]))


@display(description=_("status"), ordering="workspace__state", label=STATES)
def seat_chip(seat: Seat) -> Chip:
    """What its workspace does; a seat without one is being made."""
    if seat.workspace is None:
        return Chip("creating", _("being made"))
    return Chip(seat.workspace.state, seat.workspace.get_state_display())


@admin.display(description=_("participant"), ordering="participant")
def participant(seat: Seat) -> str:
    return getattr(seat, "participant", None) or ""


@display(description=_("status"), ordering="state", label=CLAIM_STATES)
def claim_chip(claim: Claim) -> Chip:
    return Chip(claim.state, claim.get_state_display())


class SeatInline(ReadOnlyInline):
    model = Seat
    fields = ("number", "workspace", seat_chip, participant, "ready_at", "problem")
    readonly_fields = fields
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Seat]:
        return with_participant(super().get_queryset(request))


class ClaimInline(ReadOnlyInline):
    """The newest first, those that are over included."""

    model = Claim
    fields = ("name", "email", claim_chip, "workspace_name", "claimed_at", "released_at", "released_because")
    readonly_fields = fields


class PushResultInline(ReadOnlyInline):
    model = PushResult
    verbose_name_plural = _("Each seat")
    fields = ("seat", "chip", "exit_code", "output", "problem", "attempts", "finished_at")
    readonly_fields = fields
    ordering = ("seat__number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        results: QuerySet[Any] = super().get_queryset(request)
        return results.select_related("seat__workshop")

    @display(description=_("status"), label=PUSH_STATES)
    def chip(self, result: PushResult) -> Chip:
        return Chip(result.state, result.get_state_display())
