"""What was pushed to seats, and rehearsals, to look at. What files held is nowhere."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.decorators import display

from accounts.admin.own import OwnChoicesFilter, OwnRows
from accounts.admin.read_only import ReadOnlyAdmin
from workshop.admin.chips import REHEARSAL_STATES
from workshop.admin.inlines import PushResultInline
from workshop.models import Push, PushResult, Rehearsal
from workspaces.admin.chips import Chip

VERDICTS = {"go": "success", "no-go": "danger", "": "default"}


@admin.register(Push)
class PushAdmin(OwnRows, ReadOnlyAdmin):
    own = "workshop__owner"
    list_display = ("created_at", "workshop", "kind", "what", "actor", "outcome")
    list_filter = (
        ("workshop", OwnChoicesFilter), ("kind", ChoicesDropdownFilter), ("created_at", RangeDateFilter)
    )  # fmt: skip
    list_filter_submit = True
    list_select_related = ("workshop", "actor")
    search_fields = ("workshop__title", "command", "folder")
    fields = ("created_at", "workshop", "kind", "existing", "folder", "names", "command", "actor", "outcome")
    readonly_fields = fields
    inlines = (PushResultInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Push]:
        """With how it went, in the one query, and without what the files held."""
        well = Q(results__state=PushResult.State.DONE)
        badly = Q(results__state__in=(PushResult.State.FAILED, PushResult.State.PARTLY))
        pushes: QuerySet[Push] = super().get_queryset(request)
        return pushes.defer("files_sealed").annotate(
            seats=Count("results"), well=Count("results", filter=well), badly=Count("results", filter=badly)
        )

    @admin.display(description=gettext_lazy("what"))
    def what(self, push: Push) -> str:
        text = push.command or ", ".join(push.file_names)
        return text if len(text) <= 60 else f"{text[:60]}…"

    @admin.display(description=gettext_lazy("files"))
    def names(self, push: Push) -> str:
        return ", ".join(push.file_names)

    @admin.display(description=gettext_lazy("how it went"))
    def outcome(self, push: Push) -> str:
        words = _("%(well)d of %(seats)d seats done, %(badly)d not or in part")
        return words % {name: getattr(push, name, 0) for name in ("well", "seats", "badly")}


@admin.register(Rehearsal)
class RehearsalAdmin(OwnRows, ReadOnlyAdmin):
    own = "workshop__owner"
    list_display = ("created_at", "workshop", "seats", "chip", "verdict_chip", "actor", "finished_at", "problem")
    list_filter = (("workshop", OwnChoicesFilter), ("state", ChoicesDropdownFilter), ("created_at", RangeDateFilter))
    list_filter_submit = True
    list_select_related = ("workshop", "actor")
    search_fields = ("workshop__title", "command", "problem")
    fields = (
        "created_at", "workshop", "seats", "command", "chip", "verdict_chip", "problem", "results", "actor",
        "started_at", "finished_at",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=gettext_lazy("status"), ordering="state", label=REHEARSAL_STATES)
    def chip(self, rehearsal: Rehearsal) -> Chip:
        return Chip(rehearsal.state, rehearsal.get_state_display())

    @display(description=gettext_lazy("verdict"), ordering="verdict", label=VERDICTS)
    def verdict_chip(self, rehearsal: Rehearsal) -> Chip:
        return Chip(rehearsal.verdict, rehearsal.verdict)
