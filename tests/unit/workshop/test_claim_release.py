"""A seat is taken back, moved or handed over: what is dead afterwards, what is kept, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEvent, BrowserSession, User
from spaces_site.errors import Conflict, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.unit.workshop.claims import address_path, take
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop.models import Claim, Seat, Workshop
from workshop.services.claiming import AlreadyClaimed, NoneFree, claim_of_key
from workshop.services.releasing import claim_hand_over, claim_reassign, claim_release
from workspaces import engine_state
from workspaces.engine.fake import FakeEngine
from workspaces.models import GatewaySession, GatewayTicket, Share, Workspace

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, keep_hours=24)


def key_of(claim: Claim) -> str:
    return address_path(claim).split("/")[-2]


def test_a_released_seat_is_nobodys_and_nothing_of_them_leads_into_it(
    workshop: Workshop, lena: User, actor_of: ActorOf, client: Client, work: Work
) -> None:
    claim = take(workshop)
    old, guest, seat = claim.workspace, claim.guest, claim.seat
    assert old and guest and seat
    assert client.get(address_path(claim), headers=BROWSER).status_code == 302
    assert BrowserSession.objects.filter(user=guest).exists()
    now = timezone.now()
    done = claim_release(actor_of(lena), claim)
    assert (done.state, done.released_because) == ("released", "leader")
    assert done.released_at and done.released_at >= now
    assert done.files_until and done.files_until - now > timedelta(hours=23)
    guest.refresh_from_db()
    assert not guest.is_active
    for left in (BrowserSession.objects.filter(user=guest), Share, GatewaySession, GatewayTicket):
        assert not (left.objects.exists() if isinstance(left, type) else left.exists())
    assert client.get(address_path(claim), headers=BROWSER).status_code == 404
    old.refresh_from_db()
    assert old.expires_at == done.files_until and old.name.endswith(" – Max Mustermann") and old.owner == lena
    work()
    seat.refresh_from_db()
    assert seat.workspace and seat.workspace != old and seat.workspace.name == claim.workspace_name
    event = AuditEvent.objects.get(action="workshop.release")
    assert (event.actor, event.workspace, event.meta["reason"]) == (lena, claim.workspace_public_id, "leader")


def test_released_twice_is_no_error_and_the_second_changes_nothing(
    workshop: Workshop, lena: User, actor_of: ActorOf
) -> None:
    claim = take(workshop)
    first = claim_release(actor_of(lena), claim, Claim.Because.NO_SHOW)
    again = claim_release(actor_of(lena), claim)
    assert (again.released_at, again.released_because) == (first.released_at, "no_show")
    assert AuditEvent.objects.filter(action="workshop.release").count() == 1


def test_whose_seat_was_released_may_claim_another(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    claim = take(workshop)
    claim_release(actor_of(lena), claim)
    again = take(workshop)
    assert again.key_hash != claim.key_hash and again.guest != claim.guest and again.workspace != claim.workspace


def test_others_find_no_claim_to_change(
    workshop: Workshop, lena: User, alice: User, root: User, actor_of: ActorOf
) -> None:
    claim = take(workshop)
    assert claim.guest
    for who in (actor_of(alice), actor_of(claim.guest), Actor(None, "browser")):
        for change in (
            lambda who=who: claim_release(who, claim),
            lambda who=who: claim_reassign(who, claim),
            lambda who=who: claim_hand_over(who, claim, name="Eva", email="eva@example.com"),
        ):
            with pytest.raises(NotFound):
                change()
    assert claim_release(actor_of(root), claim).state == "released"
    assert claim_release(SYSTEM, take(workshop)).state == "released"


def test_an_engine_that_is_away_changes_nothing_half(
    workshop: Workshop, lena: User, actor_of: ActorOf, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = take(workshop)

    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr("workshop.services.releasing.seat_renew", away)
    with pytest.raises(Unavailable):
        claim_release(actor_of(lena), claim)
    claim.refresh_from_db()
    assert claim.state == "active" and claim.guest and claim.guest.is_active
    assert Share.objects.filter(user=claim.guest).exists()


def test_with_the_engine_away_a_seat_can_be_taken_back_all_the_same(
    workshop: Workshop, lena: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    claim = take(workshop)
    engine.down = True
    engine_state.engine_forget()
    assert claim_release(actor_of(lena), claim).state == "released"
    assert not Share.objects.exists()


def test_a_participant_moves_to_another_seat_with_the_address_they_have(
    workshop: Workshop, lena: User, actor_of: ActorOf, client: Client, work: Work
) -> None:
    claim = take(workshop)
    path, guest, left = address_path(claim), claim.guest, claim.workspace
    target = Seat.objects.get(number=3)
    moved = claim_reassign(actor_of(lena), claim, target)
    assert (moved.seat, moved.guest, moved.name, moved.joined_at) == (target, guest, claim.name, claim.joined_at)
    assert address_path(moved) == path and claim_of_key(key_of(moved)) == moved
    assert list(Share.objects.values_list("workspace", "user")) == [(moved.workspace_id, guest.pk if guest else 0)]
    answer = client.get(path, headers=BROWSER)
    assert moved.workspace_public_id in answer.headers["Location"]
    claim.refresh_from_db()
    assert (claim.state, claim.released_because, claim.workspace) == ("released", "moved", left)
    work()
    assert Seat.objects.get(number=1).workspace != left


def test_without_a_word_it_is_the_next_free_seat_and_taken_ones_are_refused(
    workshop: Workshop, lena: User, actor_of: ActorOf
) -> None:
    claim, other = take(workshop), take(workshop, email="eva@example.com")
    with pytest.raises(NoneFree):
        claim_reassign(actor_of(lena), claim, other.seat)
    moved = claim_reassign(actor_of(lena), claim)
    assert moved.seat and moved.seat.number == 3
    with pytest.raises(Conflict):
        claim_reassign(actor_of(lena), claim)


def test_a_seat_is_handed_over_with_what_is_in_it_and_the_first_one_is_locked_out(
    workshop: Workshop, lena: User, actor_of: ActorOf, client: Client
) -> None:
    claim = take(workshop)
    workspace = claim.workspace
    assert client.get(address_path(claim), headers=BROWSER).status_code == 302
    new = claim_hand_over(actor_of(lena), claim, name="Eva", email="EVA@example.com")
    assert (new.workspace, new.seat, new.email) == (workspace, claim.seat, "eva@example.com")
    assert client.get(address_path(claim), headers=BROWSER).status_code == 404
    assert client.get(address_path(new), headers=BROWSER).status_code == 302
    claim.refresh_from_db()
    assert claim.guest and not claim.guest.is_active and claim.released_because == "moved"
    assert not GatewaySession.objects.filter(user=claim.guest).exists()
    assert Workspace.objects.get(pk=workspace.pk if workspace else 0).expires_at is None


def test_nobody_is_handed_a_second_seat(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    claim, other = take(workshop), take(workshop, email="eva@example.com")
    with pytest.raises(AlreadyClaimed):
        claim_hand_over(actor_of(lena), claim, name="Eva", email=other.email)
    same = claim_hand_over(actor_of(lena), claim, name="Max M.", email=claim.email)
    assert (same.name, same.email) == ("Max M.", "max@example.com")
