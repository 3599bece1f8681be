"""Pictures of containers that run: over the real network between the site and them, plain and with a certificate."""

from __future__ import annotations

from urllib.request import urlopen

import docker
import pytest
from asgiref.sync import async_to_sync

from accounts.actors import Actor
from tests.pictures_parts import STAND_IN
from tests.waiting import eventually
from tests.workspaces_fixtures import work_until_settled
from workspaces import pictures
from workspaces.models import Kind, Workspace
from workspaces.pictures import Picture, picture_of
from workspaces.services import workspace_pause

pytestmark = pytest.mark.integration


def asked(workspace: Workspace) -> int:
    """How often the container was asked for a picture."""
    with urlopen(f"http://{workspace.address}:8000/", timeout=2) as answer:
        return int(answer.read())


def answers(workspace: Workspace) -> bool:
    try:
        return asked(workspace) >= 0
    except OSError:
        return False


def picture(workspace: Workspace) -> Picture | None:
    """As it is now, and not as it was a moment ago."""
    pictures._asker.kept.clear()
    return async_to_sync(picture_of)(Workspace.objects.select_related("kind").get(pk=workspace.pk))


@pytest.fixture
def desk(workspace: Workspace, docker_engine: docker.DockerClient) -> Workspace:
    """A container with a picture."""
    container = docker_engine.containers.get(workspace.engine_name)
    container.exec_run(["python3", "-c", STAND_IN], detach=True)
    Kind.objects.filter(pk=workspace.kind_id).update(port=8000, picture_path="/picture.jpg")
    workspace.refresh_from_db()
    eventually(lambda: answers(workspace), "the desktop answers", 20)
    return workspace


def test_a_container_is_asked_for_its_picture_and_by_its_own_certificate(desk: Workspace) -> None:
    found = picture(desk)
    assert found is not None and found.media_type == "image/png"
    Kind.objects.filter(pk=desk.kind_id).update(port=8443, scheme="https")
    guarded = eventually(lambda: picture(desk), "it answers with its certificate", 20)
    assert guarded is not None and guarded.etag == found.etag
    assert asked(desk) == 2
    Kind.objects.filter(pk=desk.kind_id).update(port=8000, scheme="http", picture_path="/away")
    assert picture(desk) is None
    assert asked(desk) == 2, "it leads nobody anywhere"


def test_a_paused_one_is_not_asked_and_sleeps_on(desk: Workspace, actor: Actor) -> None:
    assert picture(desk) is not None
    used = desk.last_activity_at
    workspace_pause(actor, desk)
    work_until_settled()
    assert picture(desk) is None
    desk.refresh_from_db()
    assert (desk.state, desk.last_activity_at) == ("paused", used)


def test_one_that_stands_still_costs_two_seconds_and_no_error(
    desk: Workspace, docker_engine: docker.DockerClient
) -> None:
    docker_engine.api.pause(desk.engine_name)
    try:
        assert picture(desk) is None, "its row does not know yet"
    finally:
        docker_engine.api.unpause(desk.engine_name)
