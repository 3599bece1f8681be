"""Groups, what is asked of many at once, ports, roles, notes and rest in German hold nothing in English."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.unit.pages.conftest import Browser
from tests.unit.pages.test_german_inside import shared
from tests.workspaces_fixtures import Work
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ListeningPort
from workspaces.gateway import here
from workspaces.idle import UNUSED_CODE, unused_reason
from workspaces.models import Batch, Share, Workspace, WorkspaceGroup
from workspaces.starters.catalogue import STARTERS
from workspaces.states import State

Put = Callable[..., Workspace]
NAMES = r"Other|Physics,?|Theirs|Far|mine|app|anna|Port \d+|http://.*"


@pytest.fixture
def lab(put: Put, alice: User) -> Workspace:
    return put(alice, "Lab", State.RUNNING)


def alike(client: Client, path: str, data: dict[str, Any] | None = None, more: str = "") -> list[str]:
    return shared(client, path, data, more=f"{NAMES}|{more}" if more else NAMES)


def test_the_list_in_groups(browser: Browser, alice: User, bob: User, put: Put, lab: Workspace) -> None:
    client = browser(alice)
    physics = WorkspaceGroup.objects.create(owner=alice, name="Physics")
    empty = WorkspaceGroup.objects.create(owner=alice, name="Other")
    theirs = put(bob, "Theirs", group=None)
    Share.objects.create(workspace=theirs, user=alice, role=Share.Role.VIEWER)
    for group in (str(physics.pk), str(empty.pk), "none", "shared", "0"):
        assert alike(client, f"/workspaces/?group={group}") == [], group
        assert alike(client, f"/workspaces/?group={group}&q=zzz") == [], group
    assert alike(client, "/workspaces/groups/new") == []
    assert alike(client, "/workspaces/groups/new", {"group": "?"}) == []
    assert alike(client, f"/workspaces/groups/{empty.pk}/rename", {"group": "Physics"}) == []
    assert [alike(client, f"/workspaces/groups/{one.pk}/delete") for one in (physics, empty)] == [[], []]
    assert alike(client, f"/workspaces/{lab.public_id}/move") == []
    assert alike(client, "/workspaces/groups/move", {"id": lab.public_id, "group": "?"}) == []
    assert alike(client, f"/workspaces/{lab.public_id}/group", {"group": "?"}) == []


def test_many_at_once(browser: Browser, alice: User, bob: User, put: Put, lab: Workspace, work: Work) -> None:
    client, other, theirs = browser(alice), put(alice, "Other", State.STOPPED), put(bob, "Theirs")
    Share.objects.create(workspace=theirs, user=alice)
    assert alike(client, "/workspaces/batches/") == []
    chosen = {"id": [lab.public_id, other.public_id, theirs.public_id]}
    for do in ("delete", "move"):
        assert alike(client, "/workspaces/bulk", {"do": do, **chosen}) == [], do
    for do in ("stop", "start"):
        client.post("/workspaces/bulk", {"do": do, **chosen})
        pages = ["/workspaces/", "/workspaces/batches/"]
        pages += [f"/workspaces/batches/{batch.pk}/" for batch in Batch.objects.all()]
        assert [alike(client, path) for path in pages] == [[]] * len(pages), do
        work()
        Batch.objects.update(refused=[{"id": lab.public_id, "name": "Lab", "code": "X", "message": "Far"}], total=9)
        assert [alike(client, path) for path in pages] == [[]] * len(pages), do


@pytest.mark.parametrize("state", [State.RUNNING, State.STOPPED])
def test_the_page_of_ports(
    browser: Browser, alice: User, bob: User, put: Put, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    lab = put(alice, "Lab", state)
    path, client = f"/workspaces/{lab.public_id}/ports/", browser(alice)
    assert alike(client, path) == []
    found = [ListeningPort(lab.port, False), ListeningPort(3000, False), ListeningPort(5000, True)]
    monkeypatch.setattr(engine, "listening_ports", lambda _name: found)
    assert alike(client, f"{path}share", {"port": "3000", "audience": "link"}) == []
    for audience in ("people", "link"):
        client.post(f"{path}share", {"port": "3000", "audience": audience, "sure": "1"})
        assert alike(client, path) == [], audience
        assert alike(client, f"{path}panel") == []
    for wrong in ({"port": str(lab.port), "audience": "people"}, {"port": "1"}, {"port": "no", "audience": "people"}):
        assert alike(client, f"{path}share", wrong, more="no|1") == [], wrong
    assert alike(client, f"{path}link", {"port": "5000"}) == []
    for wrong in ({"subdomain": "www"}, {"subdomain": "-"}, {"subdomain": "fine", "auth_username": ":"}):
        assert alike(client, f"{path}names/add", {"port": "3000", **wrong}, more="www|fine|-|:") == [], wrong
    client.post(
        f"{path}names/add",
        {"subdomain": "app", "port": "3000", "auth_username": "anna", "auth_password": "long enough"},
    )
    for rest in ("", "names/app/change", "names/app/remove"):
        assert alike(client, path + rest) == [], rest
    for role in Share.Role.values:
        Share.objects.update_or_create(workspace=lab, user=bob, defaults={"role": role})
        assert alike(browser(bob), path) == [], role


def test_roles_notes_and_the_password_that_protects(
    browser: Browser, alice: User, bob: User, lab: Workspace, engine: FakeEngine, volume_of: VolumeOf
) -> None:
    engine.volume_files[lab.engine_name] = {}
    (volume_of(lab) / "mine").write_text("mine\n")
    path, clients = f"/workspaces/{lab.public_id}/", [browser(alice), browser(bob)]
    for role in Share.Role.values:
        Share.objects.update_or_create(workspace=lab, user=bob, defaults={"role": role})
        for rest in ("", "terminal", "files/", "files/text?path=mine", "activity"):
            assert [alike(one, path + rest) for one in clients] == [[], []], (role, rest)
    Share.objects.update(role=Share.Role.EDITOR)
    assert alike(clients[0], f"{path}notes") == []
    assert alike(clients[0], f"{path}share", {"who": "bob", "role": "king"}) == []
    old = {"notes": "Far", "version": "old"}
    Workspace.objects.update(notes="mine", out_of_memory_at=timezone.now())
    assert alike(clients[0], f"{path}notes", old) == []
    assert alike(clients[0], path) == []
    clients[0].post(f"{path}password", {"do": "set", "password": "long enough"})
    assert [alike(one, path) for one in clients] == [[], []]
    assert alike(clients[1], f"{path}stop", {"password": ""}) == []
    assert alike(clients[1], f"{path}password", {"do": "remove", "current": "wrong"}) == []


@pytest.mark.parametrize("starter", [starter.slug for starter in STARTERS])
def test_what_it_began_with(browser: Browser, alice: User, put: Put, starter: str) -> None:
    lab = put(alice, "Lab", State.RUNNING, starter=starter)
    assert alike(browser(alice), f"/workspaces/{lab.public_id}/", more="/api/status") == []


def test_limits_of_the_form(browser: Browser, alice: User, put: Put, lab: Workspace) -> None:
    client = browser(alice)
    for limits in ({"max_running": 1}, {"max_workspaces": 1}):
        User.objects.filter(pk=alice.pk).update(**limits)
        assert alike(client, "/workspaces/new") == [], limits
    wrong = {"kind": "code-server", "starter": "zzz", "group": "?", "name": "x"}
    assert alike(client, "/workspaces/new", wrong, more="x|zzz") == []


def test_what_is_said_of_one_that_nobody_uses(browser: Browser, alice: User, put: Put) -> None:
    now = timezone.now()
    resting = {"error_code": UNUSED_CODE, "error": unused_reason(timedelta(minutes=90)), "idle_pause_minutes": 60}
    made = [
        put(alice, "Lab", State.RUNNING, idle_pause_minutes=60, last_activity_at=now - timedelta(minutes=58)),
        put(alice, "Other", State.RUNNING, idle_pause_minutes=60, keep_awake_until=now + timedelta(hours=4)),
        put(alice, "Physics", State.PAUSED, idle_stop_minutes=90, last_activity_at=now, **resting),
        put(alice, "Theirs", State.STOPPED, **resting),
        put(alice, "Far", State.ERROR, error="mine", idle_pause_minutes=60, idle_stop_minutes=0),
    ]
    client = browser(alice)
    assert alike(client, "/workspaces/") == []
    for one in made:
        assert alike(client, f"/workspaces/{one.public_id}/") == [], one.name
        assert _notices(one) == [], one.name


def _notices(workspace: Workspace) -> list[str]:
    """What the banner in the app says alike in both languages."""
    said = []
    for language in ("en", "de"):
        with translation.override(language):
            notice = here._notice(workspace, timezone.now())
            said.append({str(part) for part in notice.values()} if notice else set())
    same = {"", "keep", "start", "True", "False", "mine", workspace.state_changed_at.isoformat()}
    return sorted(part for part in said[0] & said[1] if part not in same and not part.startswith("20"))
