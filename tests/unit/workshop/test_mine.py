"""The page of a participant's seats, and what can be done there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import as_
from tests.unit.pages.page import Page
from tests.unit.workshop.seated import guest_of, seat_taken, space_of
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import Work
from workshop.models import Backup, Claim, Message, Workshop
from workspaces.models import Operation, Share, Workspace

pytestmark = pytest.mark.django_db
MINE = "/workshop/mine/"


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, closes_at=timezone.now() + timedelta(minutes=90))


@pytest.fixture
def ada(workshop: Workshop) -> Claim:
    return seat_taken(workshop, 1, "Ada")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def shown_to(user: User) -> str:
    answer = as_(user).get(MINE)
    assert answer.status_code == 200
    assert Page(answer).problems() == []
    return text_of(answer)


def test_a_participant_sees_their_seat_and_the_ways_into_it(ada: Claim) -> None:
    text = shown_to(guest_of(ada))
    assert all(word in text for word in ("Python for beginners", "Ada", "seat 1", "Open my workspace", "Your address"))
    assert "90 minutes left" in text and "The workshop closes" in text
    for path in ("files/archive?format=zip", "files/", "terminal", "ports/"):
        assert f"/workspaces/{ada.workspace_public_id}/{path}" in text
    assert "deleted 72 hours later" in text


def test_a_participant_is_told_who_looked_in(ada: Claim, lena: User) -> None:
    assert "looked in" not in shown_to(guest_of(ada))
    AuditEvent.objects.create(
        action="terminal.open", workspace=ada.workspace_public_id, actor=lena, actor_name=lena.email, at=timezone.now()
    )
    assert "lena looked in just now." in strip_tags(shown_to(guest_of(ada)))


def test_a_guest_with_two_seats_sees_both(make_workshop: MakeWorkshop, lena: User, ada: Claim) -> None:
    other = make_workshop(lena, slug="rust", title="Rust")
    seat_taken(other, 2, "Ada again", guest_of(ada))
    text = shown_to(guest_of(ada))
    assert "Python for beginners" in text and "Rust" in text and "Your seats" in text


def test_the_number_of_questions_does_not_grow_with_messages_and_hands(
    ada: Claim, workshop: Workshop, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        Message.objects.create(claim=ada, text=f"note {number}")
    seat_taken(workshop, 2, "Bo", hand_raised_at=timezone.now())
    client = as_(guest_of(ada))
    client.get(MINE)
    with django_assert_max_num_queries(10):
        assert "note 4" in text_of(client.get(MINE))


def test_a_hand_goes_up_with_a_question_and_down_again(ada: Claim, workshop: Workshop) -> None:
    seat_taken(workshop, 2, "Bo", hand_raised_at=timezone.now() - timedelta(minutes=2))
    client = as_(guest_of(ada))
    answer = client.post(f"{MINE}{ada.pk}/hand", {"up": "1", "note": " What is <b>a</b> tuple? "}, follow=True)
    ada.refresh_from_db()
    assert ada.hand_raised_at is not None and ada.hand_note == "What is <b>a</b> tuple?"
    assert "1 person is before you" in text_of(answer) and "&lt;b&gt;a&lt;/b&gt;" in text_of(answer)
    assert AuditEvent.objects.filter(action="workshop.hand.raise").count() == 1
    was = ada.hand_raised_at
    client.post(f"{MINE}{ada.pk}/hand", {"up": "1", "note": "Still there"})
    ada.refresh_from_db()
    assert (ada.hand_raised_at, ada.hand_note) == (was, "Still there")
    for _twice in range(2):
        assert client.post(f"{MINE}{ada.pk}/hand", {"up": "0"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.hand_raised_at, ada.hand_note) == (None, "")


def test_a_question_that_is_too_long_is_refused_in_words(ada: Claim) -> None:
    answer = as_(guest_of(ada)).post(f"{MINE}{ada.pk}/hand", {"up": "1", "note": "x" * 301}, follow=True)
    assert "At most 300 characters." in text_of(answer)
    ada.refresh_from_db()
    assert ada.hand_raised_at is None


def test_a_hammered_hand_is_stopped(ada: Claim) -> None:
    client = as_(guest_of(ada))
    for _try in range(10):
        assert client.post(f"{MINE}{ada.pk}/hand", {"up": "0"}).status_code == 302
    answer = client.post(f"{MINE}{ada.pk}/hand", {"up": "1"}, follow=True)
    assert "Too many attempts." in text_of(answer)
    ada.refresh_from_db()
    assert ada.hand_raised_at is None


def test_reset_asks_and_then_keeps_a_copy(ada: Claim, work: Work) -> None:
    client = as_(guest_of(ada))
    asked = client.get(f"{MINE}{ada.pk}/reset")
    assert "A copy is kept with the leader" in text_of(asked) and Page(asked).problems() == []
    assert not Backup.objects.exists()
    assert client.post(f"{MINE}{ada.pk}/reset").headers["Location"] == MINE
    assert "Being reset" in shown_to(guest_of(ada))
    snapshots_take()
    work()
    assert Backup.objects.get().claim == ada
    assert Workspace.objects.get(public_id=ada.workspace_public_id).state == "running"


def test_a_reset_while_it_is_reset_changes_nothing(ada: Claim) -> None:
    for _twice in range(2):
        assert as_(guest_of(ada)).post(f"{MINE}{ada.pk}/reset").headers["Location"] == MINE
    assert Operation.objects.filter(verb="reset").count() == Backup.objects.count() == 1


def test_a_reset_while_it_is_made_is_refused_in_words(ada: Claim) -> None:
    Workspace.objects.filter(pk=space_of(ada).pk).update(state="creating")
    answer = as_(guest_of(ada)).post(f"{MINE}{ada.pk}/reset")
    assert answer.status_code == 409 and "cannot be done now" in text_of(answer)


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_a_strangers_seat_is_not_found(who: str, ada: Claim, workshop: Workshop, charlie: User) -> None:
    user = charlie if who == "stranger" else guest_of(seat_taken(workshop, 2, "Bo"))
    client = as_(user)
    assert client.post(f"{MINE}{ada.pk}/hand", {"up": "1"}).status_code == 404
    assert client.get(f"{MINE}{ada.pk}/reset").status_code == 404
    assert client.post(f"{MINE}{ada.pk}/reset").status_code == 404
    assert "Ada" not in shown_to(user)
    ada.refresh_from_db()
    assert ada.hand_raised_at is None and not Backup.objects.exists()


def test_who_is_signed_out_learns_how_to_come_in(ada: Claim, client: Client) -> None:
    answer = client.get(MINE)
    assert answer.status_code == 200 and Page(answer).problems() == []
    assert "does not know your seat" in text_of(answer) and "Ada" not in text_of(answer)
    for path in ("hand", "reset"):
        assert client.post(f"{MINE}{ada.pk}/{path}", {"up": "1"}).headers["Location"].startswith("/sign-in/")


def test_who_has_no_seat_is_told_so(charlie: User) -> None:
    assert "You have no seat at the moment" in shown_to(charlie)


def test_an_account_with_the_claims_address_sees_the_same(ada: Claim, charlie: User) -> None:
    Claim.objects.filter(pk=ada.pk).update(email=charlie.email)
    text = shown_to(charlie)
    assert "Open my workspace" in text and "Your address" in text and "Download my work" not in text
    Share.objects.create(workspace=space_of(ada), user=charlie, role=Share.Role.EDITOR)
    assert "Download my work" in shown_to(charlie)


def test_who_came_in_by_the_link_has_the_seat_but_not_its_address(ada: Claim, charlie: User) -> None:
    Share.objects.create(workspace=space_of(ada), user=charlie, role=Share.Role.EDITOR)
    text = shown_to(charlie)
    assert "Open my workspace" in text and "Your address" not in text
    assert as_(charlie).post(f"{MINE}{ada.pk}/hand", {"up": "1"}).status_code == 302
    ada.refresh_from_db()
    assert ada.hand_raised_at is not None


def test_who_may_only_look_has_no_seat_there(ada: Claim, charlie: User) -> None:
    Share.objects.create(workspace=space_of(ada), user=charlie, role=Share.Role.VIEWER)
    assert "You have no seat at the moment" in shown_to(charlie)


def test_the_leader_has_no_seat_of_their_own(ada: Claim, lena: User) -> None:
    assert "You have no seat at the moment" in shown_to(lena)


@pytest.mark.parametrize(
    ("because", "words"),
    [("leader", "released your seat"), ("no_show", "not been opened"), ("moved", "another seat"), ("end", "is over")],
)
def test_afterwards_it_says_what_happened(ada: Claim, because: str, words: str) -> None:
    gone = {"state": "released", "released_at": timezone.now(), "released_because": because, "seat": None}
    Claim.objects.filter(pk=ada.pk).update(**gone)
    Share.objects.all().delete()
    text = shown_to(guest_of(ada))
    assert words in text and "What to do:" in text and "Take a seat again" in text
    assert "Open my workspace" not in text and ada.workspace_public_id not in text
    Workshop.objects.update(state="ended")
    assert "Take a seat again" not in shown_to(guest_of(ada))


def test_what_is_over_is_not_shown_beside_a_new_seat_of_the_same_workshop(ada: Claim, workshop: Workshop) -> None:
    Claim.objects.filter(pk=ada.pk).update(state="released", released_at=timezone.now(), released_because="moved")
    seat_taken(workshop, 3, "Ada", guest_of(ada), email="ada2@example.com")
    text = shown_to(guest_of(ada))
    assert "Open my workspace" in text and "What happened" not in text


def test_who_waits_sees_how_many_come_first(ada: Claim, workshop: Workshop, charlie: User) -> None:
    for number, who in enumerate(("one", "two", "charlie")):
        Claim.objects.create(
            workshop=workshop, name=who, email=f"{who}@example.org", state="waiting", key_hash=who, key_sealed="",
            joined_at=timezone.now() + timedelta(seconds=number),
        )  # fmt: skip
    text = shown_to(charlie)
    assert "Waiting for a seat" in text and "2 people are before you." in text


def test_a_workspace_that_failed_can_be_started_from_here(ada: Claim) -> None:
    Workspace.objects.filter(pk=space_of(ada).pk).update(state="error", error="The disk is full.")
    text = shown_to(guest_of(ada))
    assert "The disk is full." in text and f"/workspaces/{ada.workspace_public_id}/start" in text


def test_a_seat_whose_workspace_is_gone_is_no_broken_page(ada: Claim) -> None:
    space_of(ada).delete()
    text = shown_to(guest_of(ada))
    assert "Python for beginners" in text
