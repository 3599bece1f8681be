"""A workspace whose image is not there yet waits for it and says how far it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once
from workspaces import image_builds
from workspaces.engine.base import BuildFailed, EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.image_builds import GUARD_IMAGE, HELPER_IMAGE, builds_void, image_build, images_send
from workspaces.images import image_chain, image_ref
from workspaces.lifecycle import perform
from workspaces.models import ImageBuild, Kind, Operation
from workspaces.states import State, Step

pytestmark = pytest.mark.django_db
REF = "spaces/code-server"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Images that a worker was asked to make."""
    asked: list[str] = []
    monkeypatch.setattr(image_builds, "image_send", asked.append)
    return asked


def without(engine: FakeEngine, *refs: str) -> None:
    engine.missing_images = {image_ref(ref) for ref in refs}


def test_a_workspace_waits_for_its_image_shows_its_progress_and_then_starts(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work, sent: list[str]
) -> None:
    without(engine, REF)
    workspace = make_workspace(alice, running=False)
    work_once()
    assert sent == [REF]
    ImageBuild.objects.filter(ref=REF).update(state="building", percent=50, step="Step 5 of 9")
    operation = Operation.objects.get()
    for _ in range(20):
        perform(str(operation.pk))
    operation.refresh_from_db()
    assert (operation.state, operation.step, operation.detail, operation.percent) == (
        "queued",
        Step.IMAGE,
        "Step 5 of 9",
        30,
    )
    assert operation.attempts == 0, "waiting is no attempt, or it would be given up"
    assert sent == [REF], "one that is being built is not asked for again"
    ImageBuild.objects.update(state="waiting")
    assert image_build(REF, engine)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING
    assert ImageBuild.objects.get(ref=REF).state == "ready"


def test_the_guards_image_is_waited_for_as_well(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, sent: list[str]
) -> None:
    without(engine, GUARD_IMAGE)
    make_workspace(alice, running=False)
    work_once()
    assert sent == [GUARD_IMAGE]
    assert not engine.network_modes, "no workspace has a network before its guard is at work"


def test_a_build_that_fails_says_why_and_is_tried_again_later(
    alice: User,
    make_workspace: MakeWorkspace,
    engine: FakeEngine,
    work: Work,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without(engine, REF)

    def fail(*_args: Any, **_options: Any) -> None:
        raise BuildFailed("npm ran out of disk")

    monkeypatch.setattr(engine, "image_build", fail)
    engine.missing_images.update(tag for _name, tag in image_chain(REF)[1:])
    assert image_build(REF, engine)
    row = ImageBuild.objects.get(ref=REF)
    assert (row.state, row.error) == ("failed", "npm ran out of disk")
    workspace = make_workspace(alice, running=False)
    work()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "IMAGE_FAILED")
    assert "out of disk" in workspace.error
    ImageBuild.objects.update(updated_at=timezone.now() - timedelta(minutes=2))
    make_workspace(alice, running=False)
    work_once()
    assert sent == [REF]


def test_only_one_worker_builds_an_image(engine: FakeEngine) -> None:
    without(engine, REF)
    ImageBuild.objects.create(ref=REF, state="building", updated_at=timezone.now())
    assert not image_build(REF, engine)
    builds_void()
    assert image_build(REF, engine)


def test_an_engine_that_goes_away_leaves_the_image_waiting(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    without(engine, REF, "spaces/base")

    def gone(*_args: Any, **_options: Any) -> None:
        raise EngineUnavailable("gone")

    monkeypatch.setattr(engine, "image_build", gone)
    with pytest.raises(EngineUnavailable):
        image_build(REF, engine)
    assert ImageBuild.objects.get(ref=REF).state == "waiting"


def test_all_images_of_offered_kinds_are_asked_for_the_guards_first(
    engine: FakeEngine, code_server: Kind, terminal: Kind, sent: list[str]
) -> None:
    Kind.objects.filter(pk=terminal.pk).update(enabled=False)
    images_send()
    assert sent == [GUARD_IMAGE, HELPER_IMAGE, "spaces/code-server", "spaces/kicad", "spaces/blender"]
