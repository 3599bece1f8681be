"""What a participant sees beside the editor, and does there: served below /_spaces/seat by the gateway.

One row of the claims answers for a workspace that is nobody's seat; three or four for a participant.
"""

from __future__ import annotations

from typing import Any, TypedDict

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import User
from spaces_site.errors import Invalid, NotFound
from workshop.mine import closing_of, hand_set, hands_before, is_of, looked_in, remade_by
from workshop.mine_words import hand_says
from workshop.models import Claim
from workshop.panel_words import panel_words
from workshop.services.messages import Said, messages_for
from workshop.services.resetting import seat_reset
from workshop.services.seated import leads
from workspaces.gateway.beside import Field
from workspaces.gateway.grant import Grant
from workspaces.live import user_group
from workspaces.models import Operation, Workspace
from workspaces.states import OPEN_OPERATIONS
from workspaces.views.shown import shown as workspace_shown

NAME = "seat"
ASKS_EVERY = 60
ASKS_SOON = 2


class Message(TypedDict):
    """`id`: that by which a browser knows whether it has shown it already."""

    id: str
    text: str
    at: str


class Looked(TypedDict):
    """Who else opened the workspace last, and when."""

    name: str
    at: str


class Panel(TypedDict, total=False):
    """`who`: "participant" or "leader". All texts are in `language`. `left`: seconds until the workshop closes, by the
    server's clock. `remade`: how far the reset is. `again`: seconds after which to ask, if nothing is heard before."""

    who: str
    language: str
    title: str
    says: str
    up: bool
    note: str
    left: int | None
    looked: Looked | None
    messages: list[Message]
    remade: dict[str, Any] | None
    state: str
    again: int
    page: str
    work: str
    words: dict[str, Any]


class SeatPanel:
    """A `Beside` of the gateway."""

    def shown(self, grant: Grant, words: bool) -> dict[str, Any] | None:
        found = _here(grant)
        return None if found is None else dict(_panel(*found, words=words))

    def told(self, grant: Grant, what: str, field: Field, address: str | None) -> dict[str, Any]:
        found = _here(grant, address)
        if found is None:
            raise NotFound(_("This seat is not yours any more."), code="CLAIM_NOT_FOUND")
        claim, actor = found
        if what == "hand":
            hand_set(actor, claim, is_up=field("up") == "1", note=field("note"))
        elif what == "reset":
            _reset(actor, claim, field("sure"))
        else:
            raise NotFound(_("There is nothing at this address."))
        return self.shown(grant, False) or {}

    def groups(self, grant: Grant) -> dict[str, str]:
        found = _here(grant)
        if found is None or found[0].guest_id is None or not is_participant(*found):
            return {}
        return {user_group(found[0].guest_id): "seat-mine"}


def is_participant(claim: Claim, actor: Actor) -> bool:
    """Whether the actor, who may work in the claim's workspace, sits there; who leads looks in."""
    return is_of(claim, actor) or not leads(actor, claim.workshop)


def _here(grant: Grant, address: str | None = None) -> tuple[Claim, Actor] | None:
    """Who sits in the workspace, and who asks. None when it is nobody's seat."""
    seats = Claim.objects.filter(workspace=grant.workspace_id, state=Claim.State.ACTIVE, seat__isnull=False)
    claim = seats.select_related("workshop__snapshot", "seat", "workspace__kind", "workspace__owner").first()
    user = User.objects.filter(pk=grant.user_id or 0, is_active=True).first() if claim else None
    return (claim, Actor(user, "gateway", address)) if claim and user else None


def _reset(actor: Actor, claim: Claim, sure: str) -> None:
    if sure != "1" or claim.seat is None:
        raise Invalid(_("Say first that you are sure."), code="NOT_SURE")
    if not is_participant(claim, actor):
        raise NotFound(_("There is nothing at this address."))
    seat_reset(actor, claim.seat, backup=True)


def _panel(claim: Claim, actor: Actor, *, words: bool) -> Panel:
    """In the workshop's language if it has one, else in the browser's."""
    with translation.override(claim.workshop.language or translation.get_language()):
        panel = _of_participant(claim) if is_participant(claim, actor) else _of_leader(claim)
        panel["language"] = translation.get_language()
        if words:
            panel["words"] = panel_words()
        return panel


def _of_participant(claim: Claim) -> Panel:
    remade, closes_at = _remade(claim.workspace), closing_of(claim.workshop)
    assert claim.workspace is not None
    archive = reverse("files-archive", args=(claim.workspace.public_id,))
    return {
        "who": "participant",
        "title": claim.workshop.title,
        "says": hand_says(claim, hands_before(claim)),
        "up": claim.hand_raised_at is not None,
        "note": claim.hand_note,
        "left": None if closes_at is None else max(0, round((closes_at - timezone.now()).total_seconds())),
        "looked": _looked(claim),
        "messages": [_message(said) for said in messages_for(claim)],
        "remade": remade,
        "state": claim.workspace.state,
        "again": ASKS_SOON if remade else ASKS_EVERY,
        "page": settings.BASE_URL + reverse("seat-mine"),
        "work": f"{settings.BASE_URL}{archive}?format=zip",
    }


def _of_leader(claim: Claim) -> Panel:
    """Where they are, and what they are asked."""
    hand = _("{name} has raised a hand.") if claim.hand_raised_at else _("{name} works here. You are looking in.")
    return {
        "who": "leader",
        "title": claim.workshop.title,
        "says": hand.replace("{name}", claim.name),
        "up": claim.hand_raised_at is not None,
        "note": claim.hand_note,
        "again": ASKS_EVERY,
        "page": f"{settings.BASE_URL}/workshops/{claim.workshop.slug}/",
    }


def _looked(claim: Claim) -> Looked | None:
    last = looked_in(claim)
    return {"name": last.name, "at": last.at.isoformat()} if last else None


def _message(said: Said) -> Message:
    at = said.at.isoformat()
    return {"id": f"{'all' if said.to_all else 'one'} {at}", "text": said.text, "at": at}


def _remade(workspace: Workspace | None) -> dict[str, Any] | None:
    if workspace is None or workspace.is_settled:
        return None
    opened = Operation.objects.filter(workspace=workspace, state__in=OPEN_OPERATIONS)
    workspace.open_operations = list(opened)  # type: ignore[attr-defined]
    if remade_by(workspace) is None:
        return None
    now = workspace_shown(workspace)
    return {"percent": now.percent, "step": now.step}
