"""Projects as rows: what the database gives for a list or for one, in a constant number of questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from accounts.actors import Actor, signed_in
from spaces_site.api.projects.wire.aliases import AliasOut, alias_out
from spaces_site.api.projects.wire.projects import FIELDS, STATUS, ProjectOut, project_out
from spaces_site.errors import Forbidden, NotFound
from workspaces.models import Alias, Workspace
from workspaces.selectors import at_hand_of, visible_to
from workspaces.services.groups import UNCATEGORIZED

NEWEST_FIRST = "-createdAt"
_ORDERS: dict[str, Any] = {
    "createdAt": F("created_at"),
    "name": Lower("name"),
    "lastActivity": F("last_activity_at"),
    "status": F("state"),
    "group": Lower("group__name"),
}
"""What each of `SORTS` is in the database."""


def projects_list(actor: Actor, asked: dict[str, Any]) -> tuple[list[ProjectOut], int]:
    """The projects that were asked for (as `ListIn` has it), and how many there are on all pages together.

    Raises `Forbidden` (STAFF_ONLY) for who asks for everybody's and may not see them.
    """
    found = _found(actor, asked)
    first, limit = asked.get("offset", 0), asked.get("limit")
    rows = _sorted(found.values(*FIELDS), asked.get("sort", NEWEST_FIRST))
    page = list(rows[first : first + limit if limit else None])
    count = found.count() if first or limit else len(page)
    aliases = _aliases([row["pk"] for row in page])
    return [project_out(row, aliases.get(row["pk"], ())) for row in page], count


def project_get(actor: Actor, public_id: str) -> ProjectOut:
    """One that the actor may see, as it is now. Raises `NotFound`."""
    row = Workspace.objects.filter(visible_to(actor), public_id=public_id).values(*FIELDS).first()
    if row is None:
        raise NotFound("There is no such workspace.", code="WORKSPACE_NOT_FOUND")
    return project_out(row, _aliases([row["pk"]]).get(row["pk"], ()))


def projects_by_group(actor: Actor) -> dict[str, list[tuple[str, str]]]:
    """Id and name of the actor's projects and those shared with them, by the name of their group; both by name, and
    those in no group last."""
    rows = _at_hand(actor).order_by(Lower("group__name").asc(nulls_last=True), Lower("name"))
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for group, public_id, name in rows.values_list("group__name", "public_id", "name"):
        groups[group or UNCATEGORIZED].append((public_id, name))
    return dict(groups)


def _at_hand(actor: Actor) -> QuerySet[Workspace]:
    """The actor's own and those that others share with them, also where the actor might see everybody's."""
    signed_in(actor)
    return Workspace.objects.filter(at_hand_of(actor))


def _found(actor: Actor, asked: dict[str, Any]) -> QuerySet[Workspace]:
    if asked.get("all"):
        if not actor.is_staff:
            raise Forbidden("Only staff may list everybody's projects.", code="STAFF_ONLY")
        found = Workspace.objects.all()
    else:
        found = _at_hand(actor)
    if search := asked.get("search"):
        found = found.filter(Q(name__icontains=search) | Q(public_id=search))
    if group := asked.get("group"):
        none = group.lower() == UNCATEGORIZED.lower()
        found = found.filter(group=None) if none else found.filter(group__name__iexact=group)
    if status := asked.get("status"):
        found = found.filter(state__in=[state for state, word in STATUS.items() if word == status])
    return found


def _sorted(rows: Any, sort: str) -> Any:
    """In the order that `sort` asks for, the newer one first where two are alike; those in no group last."""
    word = sort.removeprefix("-")
    nulls_last = True if word == "group" else None  # an index serves the others, where nothing is said of it
    order = _ORDERS[word].desc(nulls_last=nulls_last) if word != sort else _ORDERS[word].asc(nulls_last=nulls_last)
    return rows.order_by(order, "-pk")


def _aliases(pks: Iterable[int]) -> dict[int, list[AliasOut]]:
    """The aliases of those workspaces, in one question."""
    found: dict[int, list[AliasOut]] = defaultdict(list)
    for alias in Alias.objects.filter(workspace_id__in=list(pks)):
        found[alias.workspace_id].append(alias_out(alias))
    return found
