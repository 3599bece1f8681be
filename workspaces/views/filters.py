"""Search, filters and order of the list of workspaces."""

from __future__ import annotations

import django_filters
from django.db.models import OrderBy, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workspaces.models import Workspace
from workspaces.states import UNSETTLED, State

STATUSES = {
    "running": (_("Running"), [State.RUNNING]),
    "paused": (_("Paused"), [State.PAUSED]),
    "stopped": (_("Stopped"), [State.STOPPED]),
    "working": (_("In progress"), sorted(UNSETTLED)),
    "error": (_("Failed"), [State.ERROR]),
}
SORTS: dict[str, tuple[str | Promise, list[str | OrderBy]]] = {
    "opened": (_("Last opened"), [Coalesce("last_opened_at", "created_at").desc(), "-pk"]),
    "name": (_("Name"), [Lower("name").asc(), "pk"]),
    "newest": (_("Newest"), ["-created_at", "-pk"]),
}
"""A workspace that was never opened counts as opened when it was made, or a new one would be at the end."""


class WorkspaceFilter(django_filters.FilterSet):
    """`q` in the name, `status`, `kind` (slug), `sort`, and whether `favorites` come first."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(choices=[(k, v[0]) for k, v in STATUSES.items()], method="of_status")
    kind = django_filters.CharFilter(field_name="kind__slug")
    sort = django_filters.ChoiceFilter(choices=[(k, v[0]) for k, v in SORTS.items()], method="as_it_is")
    favorites = django_filters.CharFilter(method="as_it_is")

    class Meta:
        model = Workspace
        fields: list[str] = []

    @property
    def narrows(self) -> bool:
        """Whether something may be hidden."""
        return any(self.chosen(name) for name in ("q", "status", "kind"))

    def chosen(self, name: str) -> str:
        """A filter's valid value, '' when it is not set."""
        self.form.is_valid()  # which leaves what is not valid out of `cleaned_data`
        return self.form.cleaned_data.get(name) or ""

    def filter_queryset(self, queryset: QuerySet[Workspace]) -> QuerySet[Workspace]:
        """Filtered, and in the order that was chosen."""
        found = super().filter_queryset(queryset)
        order = SORTS[self.chosen("sort") or "opened"][1]
        return found.order_by("-is_favorite", *order) if self.chosen("favorites") else found.order_by(*order)

    def of_status(self, queryset: QuerySet[Workspace], name: str, value: str) -> QuerySet[Workspace]:
        """`status` is a group of states."""
        return queryset.filter(state__in=STATUSES[value][1])

    def as_it_is(self, queryset: QuerySet[Workspace], name: str, value: str) -> QuerySet[Workspace]:
        """For fields about the order, which `filter_queryset` reads."""
        return queryset
