"""What a workspace takes on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEvent, User
from spaces_site.errors import NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.files_fixtures import VolumeOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import engine_state
from workspaces.engine.base import EngineError, ImageMissing
from workspaces.engine.fake import FakeEngine
from workspaces.engine.faults import Fault
from workspaces.engine.inside import LayerUsage
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop
from workspaces.states import State
from workspaces.stats import DiskUsage, disk, disk_usage_of, readable_size

LAYER = LayerUsage(2000, 500_000)


@pytest.fixture
def alices(make_workspace: MakeWorkspace, alice: User, engine: FakeEngine) -> Workspace:
    made = make_workspace(alice)
    engine.layers[made.engine_name] = LAYER
    return made


@pytest.fixture
def volume(volume_of: VolumeOf, alices: Workspace) -> Path:
    """The workspace's /workspace, with one file of a thousand bytes."""
    folder = volume_of(alices)
    (folder / "f").write_bytes(bytes(1000))
    return folder


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    disk.disk_forget()
    yield
    disk.disk_forget()


def test_volume_layer_and_image_are_told(volume: Path, alices: Workspace, alice: User, actor_of: ActorOf) -> None:
    seen = disk_usage_of(actor_of(alice), alices)
    assert seen == DiskUsage(layer_bytes=2000, image_bytes=500_000, volume_bytes=1000)
    assert (seen.written_bytes, seen.total_bytes) == (3000, 503_000)


@pytest.mark.parametrize("verb", [workspace_pause, workspace_stop])
def test_looking_wakes_nothing_and_is_no_use(
    verb: object, volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, work: Work, engine: FakeEngine
) -> None:
    assert callable(verb)
    verb(actor_of(alice), alices)
    work()
    alices.refresh_from_db()
    before = (alices.state, alices.last_activity_at, AuditEvent.objects.count(), engine.states[alices.engine_name])
    assert disk_usage_of(actor_of(alice), alices).volume_bytes == 1000
    alices.refresh_from_db()
    after = (alices.state, alices.last_activity_at, AuditEvent.objects.count(), engine.states[alices.engine_name])
    assert before == after
    assert not any(asked.name == alices.engine_name for asked in engine.execs), "nothing is run in it"


def test_a_thousand_questions_are_one_walk(
    volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    actor = actor_of(alice)
    assert len({disk_usage_of(actor, alices) for _ in range(1000)}) == 1
    assert (engine.calls.count("layer_usage"), len(engine.execs)) == (1, 1)


def test_those_who_ask_at_once_wait_for_one_walk(
    volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    actor = actor_of(alice)
    disk_usage_of(actor, alices)  # from now on there is a helper, and no thread asks the database for the row
    disk.disk_forget()
    engine.calls.clear()
    engine.delay_seconds = 0.01
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: disk._seen.get(alices.public_id, lambda _before: disk._look(actor, alices)), range(20))
        )
    assert len(set(answers)) == 1
    assert engine.calls.count("layer_usage") == 1


def test_half_a_minute_later_it_is_looked_at_again(
    volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_usage_of(actor_of(alice), alices)
    (volume / "g").write_bytes(bytes(500))
    assert disk_usage_of(actor_of(alice), alices).volume_bytes == 1000
    monkeypatch.setattr(disk._seen, "seconds", 0.0)
    assert disk_usage_of(actor_of(alice), alices).volume_bytes == 1500


def test_of_one_without_a_container_the_volume_is_told(
    volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.remove_container(alices.engine_name)
    assert disk_usage_of(actor_of(alice), alices) == DiskUsage(0, 0, 1000)


def test_one_of_which_nothing_was_made_takes_nothing(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.remove_container(alices.engine_name)
    engine.remove_volume(alices.engine_name)
    Workspace.objects.update(state=State.ERROR)
    assert disk_usage_of(actor_of(alice), alices) == DiskUsage(0, 0, 0)
    assert "ensure_helper" not in engine.calls


@pytest.mark.parametrize("state", [State.CREATING, State.DELETING])
def test_nothing_is_begun_beside_one_that_comes_or_goes(
    state: State, alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    Workspace.objects.update(state=state)
    assert disk_usage_of(actor_of(alice), alices) == DiskUsage(2000, 500_000, 0)
    assert "ensure_helper" not in engine.calls


def test_what_could_not_be_counted_in_time_is_said(
    volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "WALK_SECONDS", 0)
    assert not disk_usage_of(actor_of(alice), alices).is_complete


def test_an_engine_that_is_away_is_asked_once_however_many_look(
    alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.down = True
    engine_state.engine_forget()
    engine.calls.clear()
    for _ in range(5):
        with pytest.raises(Unavailable):
            disk_usage_of(actor_of(alice), alices)
    assert engine.calls == ["info"]


@pytest.mark.parametrize("method", ["layer_usage", "ensure_helper"])
@pytest.mark.parametrize("error", [EngineError("no"), ImageMissing("spaces/helper")])
def test_what_the_engine_refuses_is_unavailable_and_not_remembered(
    method: str, error: EngineError, volume: Path, alices: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.faults.append(Fault(method, error))
    with pytest.raises(Unavailable):
        disk_usage_of(actor_of(alice), alices)
    assert disk_usage_of(actor_of(alice), alices).layer_bytes == 2000


def test_a_stranger_finds_nothing(
    alices: Workspace, alice: User, charlie: User, actor_of: ActorOf, volume: Path
) -> None:
    disk_usage_of(actor_of(alice), alices)
    with pytest.raises(NotFound):
        disk_usage_of(actor_of(charlie), alices)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1234567890, "1.1 GB"), (9876543210, "9.2 GB"),  # the documented ones
        (0, "0 B"), (-1, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1 KB"), (7 * 1024 + 600, "8 KB"),
        (1024**2 - 1, "1.0 MB"), (1024**2, "1.0 MB"), (int(9.94 * 1024**2), "9.9 MB"), (int(9.96 * 1024**2), "10 MB"),
        (48 * 1024**2, "48 MB"), (1024**3 - 1, "1.0 GB"), (1024**3, "1.0 GB"), (5 * 1024**4, "5120.0 GB"),
    ],
)  # fmt: skip
def test_sizes_are_written_as_documented(size: int, text: str) -> None:
    assert readable_size(size) == text


@given(st.integers(0, 2**50))
def test_a_written_size_is_the_size_but_for_rounding(size: int) -> None:
    number, unit = readable_size(size).split()
    shown = float(number) * 1024 ** disk.UNITS.index(unit)
    assert shown == pytest.approx(size, rel=0.051) or abs(shown - size) <= 512
