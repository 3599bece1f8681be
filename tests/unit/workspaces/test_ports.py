"""Ports of a workspace: what is listed, who may open them, and what ends when that changes."""

from __future__ import annotations

import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ListeningPort
from workspaces.models import Operation, PortShare, Share, Workspace
from workspaces.services import port_links, share_add, workspace_stop
from workspaces.services.aliases import alias_add
from workspaces.services.ports import port_link_renew, port_share_set, ports_of
from workspaces.states import State


@pytest.fixture
def workspace(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> Workspace:
    made = make_workspace(alice, name="Desk")
    engine.ports[made.engine_name] = [
        ListeningPort(made.port, False), ListeningPort(3000, False), ListeningPort(5000, True),
    ]  # fmt: skip
    return made


def test_listening_shared_and_named_ports_are_listed_together(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, "people")
    link = port_share_set(actor_of(alice), workspace, 4000, "link")
    alias_add(actor_of(alice), workspace, subdomain="my-app", port=6000)
    found = {view.port: view for view in ports_of(actor_of(alice), workspace)}
    assert list(found) == sorted([workspace.port, 3000, 4000, 5000, 6000])
    editor = found[workspace.port]
    assert (editor.is_editor, editor.listening, editor.audience) == (True, True, "owner")
    assert editor.url == f"http://{workspace.public_id}.localhost:8000/"
    assert (found[3000].audience, found[3000].listening, found[3000].link) == ("people", True, "")
    assert found[3000].url == f"http://{workspace.public_id}-3000.localhost:8000/"
    assert (found[4000].audience, found[4000].listening, found[4000].link) == ("link", False, link)
    assert (found[5000].loopback_only, found[5000].audience) == (True, "owner")
    assert (found[6000].aliases, found[6000].listening) == (["my-app"], False)


def test_looking_is_no_use_of_it_and_wakes_nothing(
    workspace: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    before = Workspace.objects.get().last_activity_at
    operations = Operation.objects.count()
    ports_of(actor_of(alice), workspace)
    for state in (State.STOPPED, State.PAUSED, State.ERROR, State.STARTING):
        Workspace.objects.update(state=state)
        assert ports_of(actor_of(alice), workspace) == []
    after = Workspace.objects.get()
    assert (after.last_activity_at, Operation.objects.count()) == (before, operations)


def test_a_silent_engine_is_said_and_what_is_known_without_it_is_there(
    workspace: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch, engine: FakeEngine
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, "people")

    def silent(name: str) -> list[ListeningPort]:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr(engine, "listening_ports", silent)
    with pytest.raises(Unavailable) as refused:
        ports_of(actor_of(alice), workspace)
    assert refused.value.code == "SERVICE_UNAVAILABLE"
    assert [view.port for view in ports_of(actor_of(alice), workspace, ask_engine=False)] == [3000]
    assert port_share_set(actor_of(alice), workspace, 3000, "owner") == ""


def test_sharing_is_written_down_once_and_the_same_again_changes_nothing(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    first = port_share_set(actor_of(alice), workspace, 3000, "link")
    assert port_share_set(actor_of(alice), workspace, 3000, "link") == first
    event = AuditEvent.objects.get(action="port.share")
    assert (event.workspace, event.meta) == (workspace.public_id, {"port": 3000, "audience": "link"})
    assert port_share_set(actor_of(alice), workspace, 3000, "owner") == ""
    assert port_share_set(actor_of(alice), workspace, 3000, "owner") == ""
    assert (PortShare.objects.count(), AuditEvent.objects.filter(action="port.share").count()) == (0, 2)


def test_the_link_is_long_sealed_at_rest_and_never_written_down(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    link = urlsplit(port_share_set(actor_of(alice), workspace, 3000, "link"))
    assert (link.netloc, link.path) == (f"{workspace.public_id}-3000.localhost:8000", "/_spaces/link")
    key = parse_qs(link.query)["key"][0]
    assert len(key) == 48
    assert key not in str(PortShare.objects.values())
    assert key not in str(AuditEvent.objects.values())


def test_a_new_link_is_another_one(workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    first = port_share_set(actor_of(alice), workspace, 3000, "link")
    second = port_link_renew(actor_of(alice), workspace, 3000)
    assert first != second
    port_share_set(actor_of(alice), workspace, 3000, "people")
    third = port_share_set(actor_of(alice), workspace, 3000, "link")
    assert third not in (first, second)
    assert AuditEvent.objects.filter(action="port.link").count() == 1


@pytest.mark.parametrize("audience", ["owner", "people"])
def test_only_a_port_that_is_shared_by_link_gets_a_new_one(
    workspace: Workspace, alice: User, actor_of: ActorOf, audience: str
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, audience)
    with pytest.raises(Invalid) as refused:
        port_link_renew(actor_of(alice), workspace, 3000)
    assert refused.value.code == "AUDIENCE_INVALID"


@pytest.mark.parametrize("port", [0, -1, 65536, 10**30, True, "3000", None, 3.5])
def test_what_is_no_port(workspace: Workspace, alice: User, actor_of: ActorOf, port: object) -> None:
    for attempt in (lambda: port_share_set(actor_of(alice), workspace, port, "people"),  # type: ignore[arg-type]
                    lambda: port_link_renew(actor_of(alice), workspace, port)):  # type: ignore[arg-type]  # fmt: skip
        with pytest.raises(Invalid) as refused:
            attempt()
        assert refused.value.code == "PORT_INVALID"


def test_the_kinds_own_port_is_never_shared(workspace: Workspace, alice: User, root: User, actor_of: ActorOf) -> None:
    for person in (alice, root):
        for audience in ("people", "link", "owner"):
            with pytest.raises(Invalid) as refused:
                port_share_set(actor_of(person), workspace, workspace.port, audience)
            assert refused.value.code == "PORT_IS_EDITOR"


def test_a_share_of_what_became_the_kinds_port_counts_no_more(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, "link")
    Workspace.objects.update(app_port=3000)
    view = next(view for view in ports_of(actor_of(alice), workspace) if view.port == 3000)
    assert (view.is_editor, view.audience, view.link) == (True, "owner", "")


@pytest.mark.parametrize("audience", ["", "everybody", "LINK", "people "])
def test_an_audience_that_there_is_not(workspace: Workspace, alice: User, actor_of: ActorOf, audience: str) -> None:
    with pytest.raises(Invalid) as refused:
        port_share_set(actor_of(alice), workspace, 3000, audience)
    assert (refused.value.code, "audience" in refused.value.details) == ("AUDIENCE_INVALID", True)


def test_who_may_list_and_who_may_change(
    workspace: Workspace, alice: User, bob: User, charlie: User, root: User, actor_of: ActorOf
) -> None:
    link = port_share_set(actor_of(alice), workspace, 3000, "link")
    share_add(actor_of(alice), workspace, "bob", Share.Role.VIEWER)
    for role in (Share.Role.VIEWER, Share.Role.EDITOR):
        Share.objects.update(role=role)
        views = ports_of(actor_of(bob), workspace)
        assert [view.link for view in views if view.port == 3000] == [""], role
        for attempt in (lambda: port_share_set(actor_of(bob), workspace, 3000, "people"),
                        lambda: port_link_renew(actor_of(bob), workspace, 3000)):  # fmt: skip
            with pytest.raises(Forbidden) as refused:
                attempt()
            assert refused.value.code == "OWNER_ONLY"
    for attempt in (lambda: ports_of(actor_of(charlie), workspace),
                    lambda: port_share_set(actor_of(charlie), workspace, 3000, "people"),
                    lambda: port_link_renew(actor_of(charlie), workspace, 3000)):  # fmt: skip
        with pytest.raises(NotFound):
            attempt()
    assert [view.link for view in ports_of(actor_of(root), workspace) if view.port == 3000] == [link]
    assert port_link_renew(actor_of(root), workspace, 3000) != link


def test_a_port_that_is_open_to_people_shows_nothing_of_its_workspace(
    workspace: Workspace, alice: User, charlie: User, actor_of: ActorOf
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, "people")
    with pytest.raises(NotFound):
        ports_of(actor_of(charlie), workspace)
    with pytest.raises(NotFound):
        workspace_stop(actor_of(charlie), workspace)


def test_no_more_than_so_many(
    workspace: Workspace, alice: User, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port_links, "MOST_SHARED", 2)
    for port in (3000, 3001):
        port_share_set(actor_of(alice), workspace, port, "people")
    with pytest.raises(Conflict) as refused:
        port_share_set(actor_of(alice), workspace, 3002, "people")
    assert refused.value.code == "PORT_LIMIT"
    port_share_set(actor_of(alice), workspace, 3001, "link")  # one that is shared already is no other


def test_under_another_secret_key_the_link_is_gone_and_a_new_one_can_be_made(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    port_share_set(actor_of(alice), workspace, 3000, "link")
    PortShare.objects.update(link_key_sealed="altered")
    assert [view.link for view in ports_of(actor_of(alice), workspace) if view.port == 3000] == [""]
    assert port_link_renew(actor_of(alice), workspace, 3000)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_share_a_port_at_once_all_get_the_same_link(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    start, links = threading.Barrier(8), []

    def share() -> None:
        start.wait()
        try:
            links.append(port_share_set(actor_of(alice), workspace, 3000, "link"))
        finally:
            connection.close()

    threads = [threading.Thread(target=share) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(links), len(set(links)), PortShare.objects.count()) == (8, 1, 1)
    assert AuditEvent.objects.filter(action="port.share").count() == 1
