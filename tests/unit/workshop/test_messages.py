"""What the leader says, to all and to one."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound
from tests.accounts_fixtures import ActorOf
from tests.unit.workshop.seated import guest_of, seat_taken
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Claim, Message, Workshop
from workshop.services import messages
from workshop.services.messages import message_all, message_one, messages_for


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena)


@pytest.fixture
def anna(workshop: Workshop) -> Claim:
    return seat_taken(workshop, 1, "Anna")


def read(claim: Claim) -> list[tuple[str, bool]]:
    return [(one.text, one.to_all) for one in messages_for(Claim.objects.select_related("workshop").get(pk=claim.pk))]


def test_all_read_what_is_said_to_all_and_one_what_is_said_to_them(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf
) -> None:
    ben, leader = seat_taken(workshop, 2, "Ben"), actor_of(lena)
    message_one(leader, anna, " Line 4\r\nplease ")
    message_all(leader, workshop, "Break!")
    assert read(anna) == [("Break!", True), ("Line 4\nplease", False)] and read(ben) == [("Break!", True)]
    message_all(leader, workshop, "")
    assert read(anna) == [("Line 4\nplease", False)] and read(ben) == []
    metas = str(list(AuditEvent.objects.filter(action__startswith="workshop.message").values_list("meta", flat=True)))
    assert "Break" not in metas and "characters" in metas


def test_a_text_has_an_end_and_one_to_somebody_a_beginning(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf
) -> None:
    for text in ("", " \n", "x" * 2001):
        with pytest.raises(Invalid) as refused:
            message_one(actor_of(lena), anna, text)
        assert "text" in refused.value.details
    with pytest.raises(Invalid):
        message_all(actor_of(lena), workshop, "x" * 2001)


def test_only_who_leads_may(
    workshop: Workshop, anna: Claim, other_leader: User, alice: User, root: User, actor_of: ActorOf
) -> None:
    for stranger in (other_leader, alice, guest_of(anna), None):
        with pytest.raises(NotFound):
            message_all(actor_of(stranger), workshop, "x")
        with pytest.raises(NotFound):
            message_one(actor_of(stranger), anna, "x")
    message_all(actor_of(root), workshop, "From the office")
    assert read(anna) == [("From the office", True)]


def test_who_has_gone_is_not_written_to(anna: Claim, lena: User, actor_of: ActorOf) -> None:
    Claim.objects.filter(pk=anna.pk).update(state="released")
    with pytest.raises(Conflict):
        message_one(actor_of(lena), anna, "x")
    assert not Message.objects.exists()


def test_old_ones_go(anna: Claim, lena: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MESSAGES_KEPT", 3)
    for number in range(5):
        message_one(actor_of(lena), anna, str(number))
    assert [text for text, _to_all in read(anna)] == ["4", "3", "2"]
