"""Networks made in advance: taken over with their id by new workspaces, made again when nothing else is to do."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import override_settings

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import services
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault, Killed
from workspaces.models import Kind, Spare, Workspace
from workspaces.spares import spare_take, spares_fill
from workspaces.sweep import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two_spares(settings: object) -> None:
    settings.SPARE_NETWORKS = 2  # type: ignore[attr-defined]


def test_as_many_are_made_as_the_setting_says(engine: FakeEngine) -> None:
    assert spares_fill(engine) == 2
    assert set(engine.network_modes) == {f"spaces-{spare.public_id}" for spare in Spare.objects.filter(ready=True)}
    assert spares_fill(engine) == 0


def test_a_new_workspace_takes_one_over(engine: FakeEngine, alice: User, make_workspace: MakeWorkspace) -> None:
    spares_fill(engine)
    ids = set(Spare.objects.values_list("public_id", flat=True))
    workspace = make_workspace(alice)
    assert workspace.public_id in ids
    assert len(engine.network_modes) == 2
    assert Spare.objects.count() == 1
    assert spares_fill(engine) == 1


def test_two_workspaces_never_share_one(engine: FakeEngine, alice: User, make_workspace: MakeWorkspace) -> None:
    spares_fill(engine)
    made = [make_workspace(alice) for _ in range(3)]
    assert len({workspace.public_id for workspace in made}) == 3


def test_one_that_is_not_ready_is_not_taken(engine: FakeEngine) -> None:
    Spare.objects.create()
    assert spare_take("internet") == ""


@pytest.mark.parametrize("mode", ["lan", "none"])
def test_other_modes_get_a_network_of_their_own(mode: str, engine: FakeEngine) -> None:
    spares_fill(engine)
    assert spare_take(mode) == ""
    assert Spare.objects.count() == 2


def test_what_is_rolled_back_is_a_spare_again(engine: FakeEngine) -> None:
    spares_fill(engine)
    with pytest.raises(RuntimeError), transaction.atomic():
        assert spare_take("internet")
        raise RuntimeError
    assert Spare.objects.filter(ready=True).count() == 2


def test_none_are_made_while_there_is_work(engine: FakeEngine, alice: User, code_server: Kind, actor_of: ActorOf,
                                           work: Work) -> None:  # fmt: skip
    services.workspace_create(actor_of(alice), kind="code-server")
    assert spares_fill(engine) == 0
    work()
    assert spares_fill(engine) == 2


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_at_it_leaves_nothing_behind(after: bool, engine: FakeEngine) -> None:
    call = [*engine_calls_of_a_fill(engine)].index("ensure_network")
    Spare.objects.all().delete()
    engine.reset()
    engine.kill_at = (call, after)
    with pytest.raises(Killed):
        spares_fill(engine)
    sweep(engine)
    assert spares_fill(engine) == 2
    assert len(engine.network_modes) == Spare.objects.filter(ready=True).count() == 2


def engine_calls_of_a_fill(engine: FakeEngine) -> list[str]:
    spares_fill(engine)
    return list(engine.calls)


def test_an_engine_that_is_away_is_no_error(engine: FakeEngine) -> None:
    engine.faults.append(Fault("ensure_network", EngineUnavailable("away")))
    assert spares_fill(engine) == 0
    assert spares_fill(engine) == 2


def test_the_sweep_leaves_spares_alone_and_removes_given_up_ones(engine: FakeEngine) -> None:
    spares_fill(engine)
    sweep(engine)
    assert len(engine.network_modes) == 2
    with override_settings(SPARE_NETWORKS=1):
        assert spares_fill(engine) == 0
    sweep(engine)
    assert set(engine.network_modes) == {f"spaces-{Spare.objects.get().public_id}"}


def test_one_whose_network_was_pruned_still_becomes_a_workspace(
    engine: FakeEngine, alice: User, make_workspace: MakeWorkspace
) -> None:
    spares_fill(engine)
    engine.network_modes.clear()
    assert make_workspace(alice).state == "running"
    assert Workspace.objects.get().engine_name in engine.network_modes
