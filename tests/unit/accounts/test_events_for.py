"""Who reads which events, filtered and in pages that stay whole while others arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.models import AuditEvent, User
from accounts.selectors import Place, events_export, events_for
from spaces_site.errors import Forbidden, Invalid, Unauthenticated

ActorOf = Callable[[User | None], Actor]
ALICES = "alicesspace1"


@pytest.fixture
def happened(alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf) -> None:
    """One event by each of four and the platform in Alice's workspace, and one of each about themselves."""
    for user in (alice, bob, root):
        audit(
            actor_of(user),
            "workspace.start",
            workspace=ALICES,
            workspace_name="Hers",
            owner_id=alice.pk,
            by=user.username,
        )
    audit(SYSTEM, "workspace.start.failed", workspace=ALICES, workspace_name="Hers", owner_id=alice.pk, by="system")
    for user in (alice, bob, charlie, root):
        audit(actor_of(user), "user.sign_in", by=user.username)
    audit(SYSTEM, "image.build", by="system")


def seen(events: list[AuditEvent]) -> list[str]:
    return [f"{event.action} {event.meta['by']}" for event in events][::-1]


IN_HERS = ["workspace.start alice", "workspace.start bob", "workspace.start root", "workspace.start.failed system"]


@pytest.mark.usefixtures("happened")
def test_everybody_reads_what_is_theirs_and_staff_everything(
    alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf
) -> None:
    assert seen(events_for(actor_of(alice))) == [*IN_HERS, "user.sign_in alice"]
    assert seen(events_for(actor_of(bob))) == ["workspace.start bob", "user.sign_in bob"]
    assert seen(events_for(actor_of(charlie))) == ["user.sign_in charlie"]
    assert len(events_for(actor_of(root))) == len(events_for(SYSTEM)) == AuditEvent.objects.count() == 9


@pytest.mark.usefixtures("happened")
def test_of_a_workspace_its_owner_reads_all_and_a_guest_what_they_did(
    alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf
) -> None:
    assert seen(events_for(actor_of(alice), workspace=ALICES)) == IN_HERS
    assert seen(events_for(actor_of(bob), workspace=ALICES)) == ["workspace.start bob"]
    assert seen(events_for(actor_of(charlie), workspace=ALICES)) == []
    assert seen(events_for(actor_of(root), workspace=ALICES)) == IN_HERS


def test_who_is_not_signed_in_or_locked_reads_nothing(visitor: Actor, alice: User, actor_of: ActorOf) -> None:
    with pytest.raises(Unauthenticated):
        events_for(visitor)
    alice.is_active = False
    with pytest.raises(Forbidden):
        next(events_export(actor_of(alice)))


@pytest.mark.usefixtures("happened")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"action": "workspace.start"}, 3),
        ({"action": "workspace."}, 4),
        ({"action": ["user.sign_in", "image.build"]}, 5),
        ({"who": "Bob@example.org"}, 2),
        ({"who": "bob"}, 2),
        ({"who": "system"}, 2),
        ({"who": "nobody"}, 0),
        ({"text": "HERS"}, 4),
        ({"text": "charlie"}, 1),
        ({"text": "192.0.2"}, 7),
        ({"text": "100%"}, 0),
        ({"text": "\0"}, 0),
        ({"text": " "}, 9),
        ({"workspace": "\0"}, 0),
        ({"limit": 3}, 3),
        ({"limit": -1}, 1),
    ],
)
def test_filters(wanted: dict[str, object], count: int, root: User, actor_of: ActorOf) -> None:
    assert len(events_for(actor_of(root), **wanted)) == count  # type: ignore[arg-type]


def test_letters_beyond_ascii_and_quotes_are_found_in_details(root: User, actor_of: ActorOf) -> None:
    audit(SYSTEM, "exec.run", command='echo "Grüße"')
    for text in ("Grüße", 'echo "Gr', '"'):
        assert len(events_for(actor_of(root), text=text)) == 1


def test_times_begin_with_since_and_end_before_until(root: User, actor_of: ActorOf) -> None:
    now = timezone.now()
    for minutes in range(4):
        AuditEvent.objects.create(action="test.happened", at=now + timedelta(minutes=minutes), meta={"by": minutes})
    found = events_for(actor_of(root), since=now + timedelta(minutes=1), until=now + timedelta(minutes=3))
    assert [event.meta["by"] for event in found] == [2, 1]


def test_pages_stay_whole_while_events_arrive_and_moments_are_shared(root: User, actor_of: ActorOf) -> None:
    now = timezone.now()
    made = [AuditEvent.objects.create(action="test.happened", at=now - timedelta(seconds=n // 4)).pk for n in range(20)]
    read: list[int] = []
    place: Place | None = None
    while page := events_for(actor_of(root), before=place, limit=3):
        read += [event.pk for event in page]
        place = Place.read(str(Place.of(page[-1])))
        audit(SYSTEM, "test.later")
    assert sorted(read) == made


def test_down_to_gives_an_event_and_all_that_came_after_it(root: User, actor_of: ActorOf) -> None:
    now = timezone.now()
    made = [AuditEvent.objects.create(action="test.happened", at=now) for _ in range(5)]
    found = events_for(actor_of(root), down_to=Place.of(made[2]))
    assert {event.pk for event in found} == {event.pk for event in made[2:]}


@pytest.mark.parametrize("text", ["x", "1", "1-2-3", "-1-2", "1e5-2", "9" * 40 + "-1", " "])
def test_what_is_no_place_is_said(text: str) -> None:
    with pytest.raises(Invalid):
        Place.read(text)


def test_an_export_reads_all_in_pieces(root: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.selectors.EXPORT_CHUNK", 4)
    made = [audit(SYSTEM, "test.happened").pk for _ in range(12)]
    assert [event.pk for event in events_export(actor_of(root))] == made[::-1]


@pytest.mark.usefixtures("happened")
def test_a_page_of_ones_own_costs_two_queries_that_need_no_sorting(alice: User, actor_of: ActorOf) -> None:
    with CaptureQueriesContext(connection) as queries:
        events_for(actor_of(alice))
    assert len(queries) == 2
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN"
        if connection.vendor == "postgresql":
            explain = "EXPLAIN"
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")  # so few rows need no index
        for query in queries.captured_queries:
            cursor.execute(f"{explain} {query['sql']}")
            plan = str(cursor.fetchall())
            assert "audit_of_owner" in plan or "audit_of_actor" in plan
