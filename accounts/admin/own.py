"""Tables of which everybody but staff sees their own rows: in lists, searches, actions and choices, and by address."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.actors import Actor
from accounts.models import User


class OwnRows:
    """Before `ModelAdmin` among the bases. `own`: the path from a row to the account that it belongs to."""

    own = "owner"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.is_staff:
            return rows
        return rows.filter(self.own_rows(actor.user)) if actor.user else rows.none()

    def own_rows(self, user: User) -> Q:
        """Condition on rows: those that are this person's."""
        return Q(**{self.own: user})


class OwnChoicesFilter(RelatedDropdownFilter):
    """Offers what the table of these rows shows to who asks, and does not name anything else."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        seen = model_admin.admin_site.get_model_admin(field.related_model).get_queryset(request).values("pk")
        ordering = self.field_admin_ordering(field, request, model_admin)
        found: list[tuple[Any, str]] = field.get_choices(False, ordering=ordering, limit_choices_to={"pk__in": seen})
        return found
