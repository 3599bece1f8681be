"""What an actor may see. Every list and every look-up of a workspace goes through here, scoped by who asks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Prefetch, Q, QuerySet, Value
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from spaces_site.errors import Forbidden, NotFound
from workspaces.engine_state import engine_info
from workspaces.models import Favorite, ImageBuild, KeptFiles, Kind, Operation, Share, Workspace
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
    return Q(owner=actor.user) | Q(pk__in=Share.objects.filter(user=actor.user).values("workspace"))


def at_hand_of(actor: Actor) -> Q:
    """Condition on workspaces: the actor's own and those that others share with them, for staff as well.

    One list of numbers from two indexes: with an OR the database would look at everybody's workspaces.
    """
    if actor.user is None or not actor.user.is_active:
        return Q(pk__in=())
    own = Workspace.objects.filter(owner=actor.user).order_by().values("pk")
    return Q(pk__in=own.union(Share.objects.filter(user=actor.user).values("workspace"), all=True))


def usable_by(actor: Actor) -> Q:
    """Condition on workspaces: those in which `actor` may work."""
    if actor.is_staff:
        return Q()
    if actor.user is None or not actor.user.is_active:
        return Q(pk__in=())
    edited = Share.objects.filter(user=actor.user, role=Share.Role.EDITOR)
    return Q(owner=actor.user) | Q(pk__in=edited.values("workspace"))


def workspaces_for(actor: Actor) -> QuerySet[Workspace]:
    """The actor's own workspaces with kind, owner, `is_favorite`, `is_usable` (as `may_use`) and `open_operations`, in
    three queries at most."""
    return _with_details(actor, Workspace.objects.filter(visible_to(actor), owner=actor.user))


def workspaces_at_hand(actor: Actor) -> QuerySet[Workspace]:
    """The actor's own and those that others share with them, with details as `workspaces_for`."""
    return _with_details(actor, Workspace.objects.filter(at_hand_of(actor)))


def workspaces_visible(actor: Actor) -> QuerySet[Workspace]:
    """All that the actor may see, other people's included where staff asks."""
    return _with_details(actor, Workspace.objects.filter(visible_to(actor)))


def _with_details(actor: Actor, workspaces: QuerySet[Workspace]) -> QuerySet[Workspace]:
    is_favorite: Exists | Value = (
        Exists(Favorite.objects.filter(workspace=OuterRef("pk"), user=actor.user))
        if actor.user
        else Value(False, output_field=BooleanField())
    )
    usable = usable_by(actor)
    is_usable = ExpressionWrapper(usable, BooleanField()) if usable else Value(True, output_field=BooleanField())
    open_operations = Operation.objects.filter(state__in=OPEN_OPERATIONS)
    return (
        workspaces.select_related("kind", "owner", "group", "snapshot")
        .annotate(is_favorite=is_favorite, is_usable=is_usable)
        .prefetch_related(Prefetch("operations", queryset=open_operations, to_attr="open_operations"))
    )


def workspace_get(actor: Actor, public_id: str) -> Workspace:
    """The workspace of that public id. Raises `NotFound`, also when it is somebody else's."""
    return _only(workspaces_visible(actor).filter(public_id=public_id))


def workspace_get_by_number(actor: Actor, number: int) -> Workspace:
    """The workspace of that row number, which one of the APIs calls it by. Raises `NotFound` likewise."""
    return _only(workspaces_visible(actor).filter(pk=number))


def workspace_get_by_name(actor: Actor, name: str) -> Workspace:
    """The workspace of that name, in any case of letters: the actor's own, else one shared with them, else, for staff,
    the only one of anybody. Raises `NotFound`, also when more than one fits."""
    found = list(workspaces_visible(actor).filter(name__iexact=name.replace("\0", ""))[:50])
    own = [workspace for workspace in found if workspace.owner_id == signed_in(actor).pk]
    shared = Share.objects.filter(user=actor.user, workspace__in=found).values_list("workspace", flat=True)
    for group in (own, [workspace for workspace in found if workspace.pk in set(shared)], found):
        if len(group) == 1:
            return group[0]
    raise NotFound(_("There is no such workspace."), code="WORKSPACE_NOT_FOUND")


def workspace_managed(actor: Actor, public_id: str) -> Workspace:
    """As `workspace_get`, for what only the owner and staff may do. Raises `Forbidden` for whom it is shared with."""
    workspace = workspace_get(actor, public_id)
    if not may_manage(actor, workspace):
        raise Forbidden(_("Only the owner of this workspace can do that."), code="OWNER_ONLY")
    return workspace


def workspace_usable(actor: Actor, public_id: str) -> Workspace:
    """As `workspace_get`, for what changes something in it. Raises `Forbidden` (VIEWER_ONLY) for who may only look."""
    workspace = workspace_get(actor, public_id)
    if not may_use(actor, workspace):
        raise Forbidden(
            _("You may look at this workspace, but not change anything. Ask its owner to let you edit."),
            code="VIEWER_ONLY",
        )
    return workspace


def may_manage(actor: Actor, workspace: Workspace) -> bool:
    """Whether the actor may rename, share and delete it and set its password."""
    return actor.is_staff or (actor.user is not None and workspace.owner_id == actor.user.pk)


def may_use(actor: Actor, workspace: Workspace) -> bool:
    """Whether the actor may open it, start and stop it and work in it; one question to the database at most."""
    if actor.user is None:
        return actor.is_staff
    return may_enter(actor.user.pk, actor.is_staff, workspace)


def may_enter(user_id: int, is_staff: bool, workspace: Workspace) -> bool:
    """The same for an account that is not locked."""
    if is_staff or workspace.owner_id == user_id:
        return True
    return Share.objects.filter(user=user_id, workspace=workspace, role=Share.Role.EDITOR).exists()


def shares_of(workspace: Workspace) -> list[Share]:
    """With whom a workspace is shared, by name."""
    return list(workspace.shares.select_related("user").order_by("user__username"))


def kept_files_of(actor: Actor) -> list[KeptFiles]:
    """What was kept of the actor's deleted workspaces, newest first."""
    return list(KeptFiles.objects.filter(owner=signed_in(actor)).select_related("kind"))


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
