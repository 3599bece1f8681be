"""The filter of the list of people that leaves guests out, of whom each workshop brings many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class GuestFilter(admin.SimpleListFilter):
    """Without a choice: people with an account."""

    title = _("guests")
    parameter_name = "guests"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("only", _("Guests alone")), ("all", _("Everybody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "all":
            return queryset
        return queryset.filter(is_guest=self.value() == "only")

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Django's first choice would be called “All”, which it is not."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("Without guests")} if number == 0 else choice
