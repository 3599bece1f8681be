"""One wish for several seats, with a result for each."""

from __future__ import annotations

import pytest

from accounts.models import User
from spaces_site.errors import Invalid, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.unit.workshop.seated import seat_taken
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Message, Seat, Workshop
from workshop.services.together import SeatResult, seats_ask, seats_message, seats_reset, seats_resize
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.models import Workspace
from workspaces.states import Verb


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    """Three seats that sleep; Anna has the first."""
    made = make_workshop(lena)
    seat_taken(made, 1, "Anna")
    return made


def outcomes(results: list[SeatResult]) -> dict[int, str]:
    return {one.number: one.outcome for one in results}


def states(workshop: Workshop) -> list[str]:
    seats = Workspace.objects.filter(seat__workshop=workshop).order_by("seat__number")
    return list(seats.values_list("state", flat=True))


def test_chosen_seats_are_started_and_the_others_left_alone(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    assert outcomes(seats_ask(actor_of(lena), workshop, [1, 2, 99], Verb.START)) == {1: "asked", 2: "asked"}
    assert states(workshop) == ["starting", "starting", "paused"]


def test_one_that_is_refused_stops_no_other_and_says_why(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    Workspace.objects.filter(seat__number=1).update(state="stopped")
    Workspace.objects.filter(seat__number=2).update(state="running")
    results = seats_ask(actor_of(lena), workshop, [1, 2, 3], Verb.PAUSE)
    assert outcomes(results) == {1: "refused", 2: "asked", 3: "already"}
    assert results[0].name == "Anna" and "stopped" in results[0].message


def test_a_seat_without_a_workspace_is_refused(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    Seat.objects.filter(number=2).update(workspace=None)
    actor = actor_of(lena)
    for results in (
        seats_ask(actor, workshop, [2], Verb.STOP),
        seats_reset(actor, workshop, [2]),
        seats_resize(actor, workshop, [2], memory_mb=4096),
    ):
        assert outcomes(results) == {2: "refused"} and results[0].message


def test_resetting_messages_and_memory_have_a_result_each(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    actor = actor_of(lena)
    assert outcomes(seats_message(actor, workshop, [1, 2], "Hello")) == {1: "asked", 2: "refused"}
    assert Message.objects.get().text == "Hello"
    assert outcomes(seats_resize(actor, workshop, [1, 2], memory_mb=4096)) == {1: "asked", 2: "asked"}
    assert outcomes(seats_resize(actor, workshop, [1], memory_mb=4096)) == {1: "already"}
    refused = seats_resize(actor, workshop, [1], memory_mb=1024 * 1024)
    assert outcomes(refused) == {1: "refused"} and "MiB" in refused[0].message
    assert outcomes(seats_reset(actor, workshop, [1, 3])) == {1: "asked", 3: "asked"}
    assert states(workshop) == ["creating", "paused", "creating"]


def test_a_text_that_says_nothing_is_refused_once_for_all(workshop: Workshop, lena: User, actor_of: ActorOf) -> None:
    with pytest.raises(Invalid) as refused:
        seats_message(actor_of(lena), workshop, [1, 2], " ")
    assert "text" in refused.value.details


def test_no_seat_no_verb_no_leader_and_no_engine_are_errors(
    workshop: Workshop, lena: User, other_leader: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    with pytest.raises(Invalid):
        seats_ask(actor_of(lena), workshop, [99], Verb.START)
    with pytest.raises(Invalid):
        seats_ask(actor_of(lena), workshop, [1], Verb.DELETE)
    with pytest.raises(NotFound):
        seats_ask(actor_of(other_leader), workshop, [1], Verb.START)
    engine.down = True
    engine_forget()
    with pytest.raises(Unavailable):
        seats_ask(actor_of(lena), workshop, [1], Verb.START)
    assert states(workshop) == ["paused"] * 3
