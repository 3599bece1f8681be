"""What an actor may see. Every list and every look-up of a workspace goes through here, scoped by who asks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BooleanField, Exists, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.translation import gettext as _

from accounts.actors import Actor
from spaces_site.errors import NotFound
from workspaces.engine_state import engine_info
from workspaces.models import Favorite, ImageBuild, Kind, Operation, Workspace
from workspaces.states import OPEN_OPERATIONS


@dataclass(frozen=True, slots=True)
class KindOffer:
    """A kind and how far its image is: `image_state` as in `ImageBuild.State`, `percent` 0–100."""

    kind: Kind
    image_state: str
    percent: int
    step: str
    error: str


def visible_to(actor: Actor) -> Q:
    """Condition on workspaces: those that `actor` may see."""
    if actor.is_staff:
        return Q()
    if actor.user is None or not actor.user.is_active:
        return Q(pk__in=())
    return Q(owner=actor.user)


def workspaces_for(actor: Actor) -> QuerySet[Workspace]:
    """The actor's own workspaces with kind, owner, `is_favorite` and `open_operations`, in three queries at most."""
    return _with_details(actor, Workspace.objects.filter(visible_to(actor), owner=actor.user))


def workspaces_visible(actor: Actor) -> QuerySet[Workspace]:
    """All that the actor may see, other people's included where staff asks."""
    return _with_details(actor, Workspace.objects.filter(visible_to(actor)))


def _with_details(actor: Actor, workspaces: QuerySet[Workspace]) -> QuerySet[Workspace]:
    is_favorite: Exists | Value = (
        Exists(Favorite.objects.filter(workspace=OuterRef("pk"), user=actor.user))
        if actor.user
        else Value(False, output_field=BooleanField())
    )
    open_operations = Operation.objects.filter(state__in=OPEN_OPERATIONS)
    return (
        workspaces.select_related("kind", "owner")
        .annotate(is_favorite=is_favorite)
        .prefetch_related(Prefetch("operations", queryset=open_operations, to_attr="open_operations"))
    )


def workspace_get(actor: Actor, public_id: str) -> Workspace:
    """The workspace of that public id. Raises `NotFound`, also when it is somebody else's."""
    return _only(workspaces_visible(actor).filter(public_id=public_id))


def workspace_get_by_number(actor: Actor, number: int) -> Workspace:
    """The workspace of that row number, which one of the APIs calls it by. Raises `NotFound` likewise."""
    return _only(workspaces_visible(actor).filter(pk=number))


def _only(workspaces: QuerySet[Workspace]) -> Workspace:
    workspace = workspaces.first()
    if workspace is None:
        raise NotFound(_("There is no such workspace."), code="WORKSPACE_NOT_FOUND")
    return workspace


def operations_for(actor: Actor, workspace: Workspace, limit: int = 20) -> list[Operation]:
    """What was done to a workspace that the actor may see, newest first. Raises `NotFound`."""
    workspace_get(actor, workspace.public_id)
    return list(Operation.objects.filter(workspace=workspace).select_related("actor")[:limit])


def kinds_offered() -> list[KindOffer]:
    """The kinds people may choose, each with the state of its image, in two queries."""
    builds = {build.ref: build for build in ImageBuild.objects.all()}
    return [_offer(kind, builds.get(kind.image)) for kind in Kind.objects.filter(enabled=True)]


def _offer(kind: Kind, build: ImageBuild | None) -> KindOffer:
    if build is None:
        return KindOffer(kind, ImageBuild.State.WAITING, 0, "", "")
    return KindOffer(kind, build.state, build.percent, build.step, build.error)


def engine_problem() -> str | None:
    """One sentence for a banner when the engine does not answer, else None. At most one question in five seconds."""
    if engine_info() is not None:
        return None
    return _(
        "The engine that runs workspaces does not answer. "
        "What you have is safe; starting and stopping will work again soon."
    )
