"""Who needs a look, worked out from rows alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workshop.marks import FAILING_FROM, IDLE_AFTER, QUIET_AFTER, Mark, failing_in, last_use, marks_of
from workshop.models import Claim, Seat
from workspaces.models import Workspace
from workspaces.states import State

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sits(*, failing: int = 0, **fields: Any) -> tuple[Seat, Claim]:
    """A seat whose participant opened it an hour ago and did something just now, but for what `fields` say."""
    of_claim = {"opened_at", "claimed_at", "hand_raised_at", "hand_note"} & fields.keys()
    claimed = {name: fields.pop(name) for name in of_claim}
    workspace = Workspace(**{"state": State.RUNNING, "last_activity_at": NOW - MINUTE} | fields)
    came = {"claimed_at": NOW - 60 * MINUTE, "opened_at": NOW - 59 * MINUTE, "joined_at": NOW - 60 * MINUTE}
    return Seat(workspace=workspace, failing=failing), Claim(**came | claimed)


def marks(seat: Seat, claim: Claim | None, *, is_open: bool = True) -> list[str]:
    return [str(one.mark) for one in marks_of(seat, claim, NOW, is_open=is_open)]


def test_who_works_has_no_mark_and_a_free_seat_has_none_either() -> None:
    seat, claim = sits()
    assert marks(seat, claim) == []
    seat, _claim = sits(failing=9, state=State.ERROR)
    assert marks(seat, None) == []


def test_somebody_who_does_nothing_for_long_is_idle_while_the_workshop_is_open() -> None:
    seat, claim = sits(last_activity_at=NOW - IDLE_AFTER)
    assert marks(seat, claim) == ["idle"] and marks(seat, claim, is_open=False) == []
    seat, claim = sits(last_activity_at=NOW - IDLE_AFTER + MINUTE)
    assert marks(seat, claim) == []


def test_idleness_counts_from_the_claim_and_not_from_who_sat_there_before() -> None:
    seat, claim = sits(last_activity_at=NOW - 300 * MINUTE, claimed_at=NOW - MINUTE, opened_at=None)
    assert seat.workspace is not None
    assert marks(seat, claim) == [] and last_use(seat.workspace, claim) == NOW - MINUTE


def test_who_never_opened_it_is_idle_and_the_reason_says_so() -> None:
    seat, claim = sits(last_activity_at=NOW - 60 * MINUTE, opened_at=None)
    assert [str(one.why) for one in marks_of(seat, claim, NOW, is_open=True)] == ["not opened yet"]


def test_who_opened_it_and_did_nothing_since_is_stuck() -> None:
    opened = NOW - QUIET_AFTER
    seat, claim = sits(opened_at=opened, last_activity_at=opened, claimed_at=opened)
    assert marks(seat, claim) == ["stuck"] and marks(seat, claim, is_open=False) == []
    seat, claim = sits(opened_at=opened + MINUTE, last_activity_at=opened + MINUTE)
    assert marks(seat, claim) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"failing": FAILING_FROM},
        {"out_of_memory_at": NOW},
        {"state": State.ERROR},
        {"state": State.STOPPED, "error_code": "APP_ENDED"},
        {"state": State.STOPPED, "error_code": "OUT_OF_MEMORY"},
    ],
)
def test_failing_commands_memory_and_an_app_that_ended_are_stuck(fields: dict[str, Any]) -> None:
    seat, claim = sits(**fields)
    assert marks(seat, claim) == ["stuck"] == marks(seat, claim, is_open=False)


@pytest.mark.parametrize("fields", [{"failing": FAILING_FROM - 1}, {"state": State.STOPPED}, {"state": State.PAUSED}])
def test_two_failures_and_a_seat_that_was_stopped_are_not(fields: dict[str, Any]) -> None:
    assert marks(*sits(**fields)) == []


def test_a_seat_without_a_workspace_is_stuck() -> None:
    _seat, claim = sits()
    assert marks(Seat(workspace=None), claim) == ["stuck"]


def test_a_raised_hand_comes_first_with_its_question() -> None:
    seat, claim = sits(failing=5, hand_raised_at=NOW, hand_note="Why?")
    first, second = marks_of(seat, claim, NOW, is_open=True)
    assert (first.mark, first.why, second.mark) == (Mark.HAND, "Why?", Mark.STUCK)


@pytest.mark.parametrize(
    ("content", "failing"),
    [
        (b"", 0),
        (b"0\n", 0),
        (b"1\n", 1),
        (b"0\n1\n127\n2\n", 3),
        (b"1\n1\n0\n1\n", 1),
        (b"1\n130\n148\n1\n", 2),
        (b"130\n", 0),
        (b"rm -rf /\n1\n<script>\n\xff\xfe\n1\n", 2),
        (b"1\n999\n-1\n00000\n1\n", 2),
        ("1\n٣\n1\n".encode(), 2),
        (b"1\r\n1\r\n", 2),
        (b"27\n1\n1", 3),
    ],
)
def test_failures_are_counted_since_the_last_success(content: bytes, failing: int) -> None:
    assert failing_in(content) == failing
