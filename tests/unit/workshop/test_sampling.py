"""What seats use is looked at while somebody watches, in one round, and written at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop import sampling
from workshop.models import Claim, Seat, Workshop
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Fault
from workspaces.engine.inside import ExecResult
from workspaces.models import Workspace
from workspaces.services import workspace_start
from workspaces.stats import sampling as figures


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "APART_SECONDS", 0)
    figures.stats_forget()
    cache.clear()


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User, actor_of: ActorOf, work: Work) -> Workshop:
    """Three seats, of which the first two run, and the first is claimed."""
    made = make_workshop(lena)
    for seat in Seat.objects.filter(workshop=made, number__lte=2):
        assert seat.workspace is not None
        workspace_start(actor_of(lena), seat.workspace)
    work()
    first = Seat.objects.get(workshop=made, number=1)
    Claim.objects.create(
        workshop=made, seat=first, workspace=first.workspace, name="Anna", email="anna@example.org", key_hash="a",
        claimed_at=timezone.now(),
    )  # fmt: skip
    return made


def shell(engine: FakeEngine, content: bytes) -> None:
    def run(_name: str, argv: Sequence[str], _stdin: bytes) -> ExecResult | None:
        return ExecResult(content, b"", 0) if argv[0] == "tail" else None

    engine.on_exec = run


def seat(workshop: Workshop, number: int) -> Seat:
    return Seat.objects.get(workshop=workshop, number=number)


def test_running_seats_get_figures_and_the_others_have_none(workshop: Workshop, engine: FakeEngine) -> None:
    Seat.objects.filter(workshop=workshop, number=3).update(memory_bytes=5, cpu_percent=5)
    assert sampling.sample(workshop.pk, engine) == 2
    assert seat(workshop, 1).memory_bytes == 100 * 1024**2 and seat(workshop, 1).sampled_at is not None
    assert (seat(workshop, 3).memory_bytes, seat(workshop, 3).cpu_percent) == (None, None)


def test_only_claimed_seats_are_asked_how_commands_went_and_only_now_and_then(
    workshop: Workshop, engine: FakeEngine
) -> None:
    shell(engine, b"0\n1\n1\n127\n")
    Seat.objects.filter(workshop=workshop, number=2).update(failing=7)
    sampling.sample(workshop.pk, engine)
    sampling.sample(workshop.pk, engine)
    asked = [one for one in engine.execs if one.argv[0] == "tail"]
    assert [one.name for one in asked] == [seat(workshop, 1).workspace.engine_name]  # type: ignore[union-attr]
    assert (seat(workshop, 1).failing, seat(workshop, 2).failing) == (3, 0)


def test_a_shell_that_cannot_be_asked_leaves_what_was_known(workshop: Workshop, engine: FakeEngine) -> None:
    Seat.objects.filter(workshop=workshop, number=1).update(failing=4)
    engine.on_exec = lambda *_: ExecResult(b"", b"", 137, False, True)
    sampling.sample(workshop.pk, engine)
    assert seat(workshop, 1).failing == 4
    cache.clear()
    engine.faults.append(Fault("exec", EngineUnavailable("gone")))
    sampling.sample(workshop.pk, engine)
    assert seat(workshop, 1).failing == 4 and seat(workshop, 1).memory_bytes is not None


def test_an_engine_that_is_silent_changes_nothing(workshop: Workshop, engine: FakeEngine) -> None:
    Seat.objects.filter(workshop=workshop).update(memory_bytes=5, failing=2)
    engine.down = True
    assert sampling.sample(workshop.pk, engine) == 0
    assert set(Seat.objects.values_list("memory_bytes", "failing")) == {(5, 2)}


def test_a_seat_with_another_workspace_by_now_gets_no_figures_of_the_old_one(
    workshop: Workshop, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, lena: User
) -> None:
    other = Workspace.objects.get(name="Python for beginners source")
    looked = sampling._look

    def look(what: sampling.Look, given: Any) -> sampling.Seen | None:
        return looked(what, given)

    def write(workshop_id: int, seen: Any, now: Any) -> None:
        Seat.objects.filter(workshop=workshop_id, number=1).update(workspace=other)
        written(workshop_id, seen, now)

    written = sampling._write
    monkeypatch.setattr(sampling, "_look", look)
    monkeypatch.setattr(sampling, "_write", write)
    sampling.sample(workshop.pk, engine)
    assert seat(workshop, 1).memory_bytes is None and seat(workshop, 2).memory_bytes is not None


def test_one_round_at_a_time_and_twice_and_a_workshop_that_is_gone_are_fine(
    workshop: Workshop, engine: FakeEngine
) -> None:
    cache.add(f"workshop.sampling:{workshop.pk}", 1, 60)
    assert sampling.sample(workshop.pk, engine) == 0
    cache.clear()
    assert [sampling.sample(workshop.pk, engine) for _ in range(2)] == [2, 2]
    assert sampling.sample(workshop.pk + 1000, engine) == 0


def test_a_watched_page_asks_for_a_round_once_in_ten_seconds(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(sampling, "_send", sent.append)
    for _ in range(5):
        sampling.watched(workshop)
    assert sent == [workshop.pk]


def test_one_round_writes_in_few_statements(
    workshop: Workshop, engine: FakeEngine, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        sampling.sample(workshop.pk, engine)
