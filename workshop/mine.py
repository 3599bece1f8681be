"""A participant's own seats: which they are, and what there is to know about each. Nothing here asks the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor, signed_in
from accounts.models import AuditEvent
from accounts.rate import rate_limit
from spaces_site.errors import NotFound
from workshop.keys import seat_address
from workshop.mine_words import ends_say, hand_says, over_says, over_todo
from workshop.models import Claim, Workshop
from workshop.selectors import is_open
from workshop.services.hands import hand_lower, hand_raise
from workshop.services.messages import Said, messages_for
from workshop.services.taking_home import take_home_address
from workspaces.models import Operation, Share, Workspace
from workspaces.selectors import workspaces_visible
from workspaces.states import Verb
from workspaces.views.shown import Shown, shown

HANDS_PER_MINUTE = 10
GONE_SHOWN_FOR = timedelta(days=30)
"""So long after a release its page still says what happened."""
_LOOKS = ("gateway.entered", "terminal.open")
_GOING_ON = (Claim.State.ACTIVE, Claim.State.WAITING)
_WITH = ("workshop__owner", "seat", "workspace__kind", "workspace__owner")


@dataclass(frozen=True, slots=True)
class LookedIn:
    """Somebody else who opened the workspace or a terminal of it, and when last."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mine:
    """A claim as its participant sees it.

    `shown`: its workspace as pages show it, None when there is none, or while the participant has not opened it.
    `address`: the one they were given, "" when it is not for who asks. `before`: people with a hand up for longer, or,
    while waiting, people who came first; None without hand. `ends`: what happens at the end, as sentences.
    """

    claim: Claim
    shown: Shown | None
    address: str
    messages: list[Said]
    before: int | None
    hand_says: str
    looked: LookedIn | None
    closes_at: datetime | None
    is_remade: bool
    is_theirs: bool
    reopened: bool
    take_home: str
    waiting_page: str = ""
    ends: list[str] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        return self.claim.state == Claim.State.ACTIVE

    @property
    def id_text(self) -> str:
        """Its number for ids in a page."""
        return str(self.claim.pk)

    @property
    def minutes_left(self) -> int:
        """Until it closes, rounded up."""
        left = (self.closes_at - timezone.now()) if self.closes_at else timedelta(0)
        return max(0, -(-left // timedelta(minutes=1)))

    @property
    def over_says(self) -> str:
        """What happened to a seat that is over."""
        return over_says(self.claim)

    @property
    def over_todo(self) -> str:
        """What they can do now."""
        return over_todo(has_link=bool(self.take_home), reopened=self.reopened)

    @property
    def is_waiting(self) -> bool:
        return self.claim.state == Claim.State.WAITING


def claims_mine(actor: Actor) -> QuerySet[Claim]:
    """The actor's claims: those of their link or their e-mail address, and the seats that they came into by a link."""
    user = signed_in(actor)
    theirs = Q(guest=user) if user.is_guest else Q(guest=user) | Q(email=user.email)
    shared = Share.objects.filter(user=user, role=Share.Role.EDITOR).values("workspace")
    by_link = Q(state=Claim.State.ACTIVE, workspace__in=shared)
    return Claim.objects.filter(theirs | by_link).select_related(*_WITH).order_by("-joined_at")


def claim_mine(actor: Actor, claim_id: int) -> Claim:
    """One of the actor's seats. Raises `NotFound`, also when it is over or still waited for."""
    found = claims_mine(actor).filter(pk=claim_id, state=Claim.State.ACTIVE).first()
    if found is None:
        raise NotFound(_("This seat is not yours any more."), code="CLAIM_NOT_FOUND")
    return found


def mine(actor: Actor) -> list[Mine]:
    """What the actor has, waits for and had lately, in this order; in a number of questions that grows only with it.

    Of what is over the last of each workshop, for a month, and none where they have or wait for a seat again.
    """
    claims = list(claims_mine(actor).prefetch_related("messages"))
    kept = [claim for claim in claims if claim.state in _GOING_ON]
    seen, since = {claim.workshop_id for claim in kept}, timezone.now() - GONE_SHOWN_FOR
    for claim in claims:
        if claim.workshop_id not in seen and (claim.released_at or claim.joined_at) > since:
            seen.add(claim.workshop_id)
            kept.append(claim)
    order = [*_GOING_ON, Claim.State.RELEASED, Claim.State.LEFT]
    kept.sort(key=lambda claim: order.index(Claim.State(claim.state)))
    spaces = _workspaces(actor, kept)
    return [_mine(actor, claim, spaces.get(claim.workspace_id or 0)) for claim in kept]


def _workspaces(actor: Actor, claims: Iterable[Claim]) -> dict[int, Workspace]:
    ids = [claim.workspace_id for claim in claims if claim.workspace_id and claim.state == Claim.State.ACTIVE]
    found = workspaces_visible(actor).filter(pk__in=ids) if ids else ()
    return {workspace.pk: workspace for workspace in found}


def _mine(actor: Actor, claim: Claim, workspace: Workspace | None) -> Mine:
    is_active = claim.state == Claim.State.ACTIVE
    is_theirs = is_of(claim, actor)
    address = seat_address(claim.key_sealed) if is_theirs and claim.state in _GOING_ON else ""
    before = hands_before(claim) if is_active else _waiting_before(claim)
    return Mine(
        claim=claim,
        shown=shown(workspace) if workspace is not None and is_active else None,
        address=address if is_active else "",
        waiting_page=address if claim.state == Claim.State.WAITING else "",
        messages=messages_for(claim) if is_active else [],
        before=before,
        hand_says=hand_says(claim, before) if is_active else "",
        looked=looked_in(claim) if is_active else None,
        closes_at=closing_of(claim.workshop),
        is_remade=workspace is not None and remade_by(workspace) is not None,
        is_theirs=is_theirs,
        reopened=not is_active and is_open(claim.workshop),
        take_home=_take_home(claim) if is_theirs else "",
        ends=ends_say(claim.workshop) if is_active else [],
    )


def is_of(claim: Claim, actor: Actor) -> bool:
    """Whether it is the actor's by name, and not only because its link was opened with another account."""
    user = actor.user
    return user is not None and (claim.guest_id == user.pk or (not user.is_guest and claim.email == user.email))


def _take_home(claim: Claim) -> str:
    """Where they fetch what they left, "" when there is nothing to fetch, or not any more."""
    is_kept = claim.files_until is None or claim.files_until > timezone.now()
    return take_home_address(claim) if is_kept else ""


def looked_in(claim: Claim) -> LookedIn | None:
    """Who else, of those with an account, came in last since the workspace is this participant's."""
    came = AuditEvent.objects.filter(
        workspace=claim.workspace_public_id, action__in=_LOOKS, at__gte=claim.claimed_at, actor__username__isnull=False
    )
    others = came.exclude(Q(actor=claim.guest_id) | Q(actor__email=claim.email))
    last = others.values_list("actor__username", "at").first()  # the event's own name of them is their address
    return LookedIn(*last) if last else None


def closing_of(workshop: Workshop) -> datetime | None:
    """When it closes, if it is open and has such a time."""
    return workshop.closes_at if workshop.state == Workshop.State.OPEN else None


def hands_before(claim: Claim) -> int | None:
    """How many have a hand up for longer, None for who has none up."""
    if claim.hand_raised_at is None:
        return None
    others = Claim.objects.filter(workshop=claim.workshop_id, state=Claim.State.ACTIVE)
    return others.filter(hand_raised_at__lt=claim.hand_raised_at).count()


def hand_set(actor: Actor, claim: Claim, *, is_up: bool, note: str = "") -> None:
    """As `hand_raise` and `hand_lower`, ten times a minute. Raises `TooMany` and what those raise."""
    rate_limit("seat.hand", str(claim.pk), limit=HANDS_PER_MINUTE, window=timedelta(minutes=1))
    if is_up:
        hand_raise(actor, claim, note)
    else:
        hand_lower(actor, claim)


def remade_by(workspace: Workspace) -> Operation | None:
    """The work that makes it anew at the moment, of its `open_operations`."""
    opened: list[Operation] = getattr(workspace, "open_operations", [])
    return next((operation for operation in opened if operation.verb == Verb.RESET), None)


def _waiting_before(claim: Claim) -> int | None:
    if claim.state != Claim.State.WAITING:
        return None
    first = Q(joined_at__lt=claim.joined_at) | Q(joined_at=claim.joined_at, pk__lt=claim.pk)
    return Claim.objects.filter(first, workshop=claim.workshop_id, state=Claim.State.WAITING).count()
