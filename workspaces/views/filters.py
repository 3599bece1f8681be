"""Search, filters and order of the list of workspaces, which is also how all that fit are chosen at once."""

from __future__ import annotations

import django_filters
from django.db.models import OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, signed_in
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
NO_GROUP, SHARED = "none", "shared"
"""What stands for a group in an address: the actor's own that are in none, and what others share with them."""


def group_number(text: str) -> int | None:
    """The number of a group in an address or a form; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


class WorkspaceFilter(django_filters.FilterSet):
    """`q` in the name, `status`, `kind` (slug), `group`, `sort`, and whether `favorites` come first."""

    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(choices=[(k, v[0]) for k, v in STATUSES.items()], method="of_status")
    kind = django_filters.CharFilter(field_name="kind__slug")
    group = django_filters.CharFilter(method="of_group")
    sort = django_filters.ChoiceFilter(choices=[(k, v[0]) for k, v in SORTS.items()], method="as_it_is")
    favorites = django_filters.CharFilter(method="as_it_is")

    class Meta:
        model = Workspace
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, actor: Actor, queryset: QuerySet[Workspace]) -> None:
        super().__init__(data, queryset=queryset)
        self.owner = signed_in(actor)

    @property
    def is_valid(self) -> bool:
        """Whether everything was understood; what was not counts as not set."""
        return bool(self.form.is_valid())

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

    def of_group(self, queryset: QuerySet[Workspace], name: str, value: str) -> QuerySet[Workspace]:
        """One that is not there has nothing in it: never everything, since all in it may be asked for at once."""
        if value == SHARED:
            return queryset.exclude(owner=self.owner)
        number = group_number(value)
        if number is None and value != NO_GROUP:
            return queryset.none()
        mine = Q(owner=self.owner)
        return queryset.filter(mine, group__isnull=True) if number is None else queryset.filter(mine, group=number)

    def as_it_is(self, queryset: QuerySet[Workspace], name: str, value: str) -> QuerySet[Workspace]:
        """For fields about the order, which `filter_queryset` reads."""
        return queryset
