"""The link to look at a desktop: made, made anew, taken back; and what other services say of its port."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ListeningPort
from workspaces.models import Alias, Kind, Operation, PortShare, Share, Workspace
from workspaces.services import share_add
from workspaces.services.aliases import alias_add, alias_update
from workspaces.services.looking import looking_link_end, looking_link_make, looking_link_renew, looking_of
from workspaces.services.ports import port_link_renew, port_share_set, ports_of
from workspaces.states import State

VIEW = 6081


@pytest.fixture
def desk(alice: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> Workspace:
    Kind.objects.create(slug="desk", title="Desk", image="spaces/desk", port=6080, view_port=VIEW, frame="desktop")
    made = make_workspace(alice, name="Board", kind="desk")
    engine.ports[made.engine_name] = [ListeningPort(port, False) for port in (6080, VIEW, 3000)]
    return made


@pytest.fixture
def owner(alice: User, actor_of: ActorOf) -> Actor:
    return actor_of(alice)


def noted() -> list[str]:
    events = AuditEvent.objects.filter(action__startswith="looking.").order_by("pk")
    return list(events.values_list("action", flat=True))


def test_a_link_is_made_once_and_written_down(desk: Workspace, owner: Actor) -> None:
    before = looking_of(owner, desk)
    assert before is not None and (before.port, before.has_link, before.link) == ("6081", False, "")
    link = looking_link_make(owner, desk)
    assert looking_link_make(owner, desk) == link
    after = looking_of(owner, desk)
    assert after is not None and (after.has_link, after.link) == (True, link)
    address = urlsplit(link)
    assert (address.netloc, address.path) == (f"{desk.public_id}-{VIEW}.localhost:8000", "/_spaces/link")
    key = parse_qs(address.query)["key"][0]
    assert len(key) == 48 and key not in str(AuditEvent.objects.values()) and key not in str(PortShare.objects.values())
    event = AuditEvent.objects.get(action="looking.make")
    assert (event.workspace, event.meta) == (desk.public_id, {"port": VIEW})


def test_a_new_one_is_another(desk: Workspace, owner: Actor) -> None:
    first = looking_link_make(owner, desk)
    second = looking_link_renew(owner, desk)
    assert first != second
    looking_link_end(owner, desk)
    third = looking_link_renew(owner, desk)
    assert third not in (first, second)
    assert noted() == ["looking.make", "looking.renew", "looking.end", "looking.make"]


def test_one_that_is_taken_back_is_gone_and_twice_is_fine(desk: Workspace, owner: Actor) -> None:
    looking_link_make(owner, desk)
    looking_link_end(owner, desk)
    looking_link_end(owner, desk)
    now = looking_of(owner, desk)
    assert now is not None and not now.has_link and not PortShare.objects.exists()
    assert noted() == ["looking.make", "looking.end"]


def test_under_another_secret_key_it_is_there_and_unreadable(desk: Workspace, owner: Actor) -> None:
    looking_link_make(owner, desk)
    PortShare.objects.update(link_key_sealed="altered")
    now = looking_of(owner, desk)
    assert now is not None and (now.has_link, now.link) == (True, "")
    assert looking_link_renew(owner, desk)


@pytest.mark.parametrize("state", State.values)
def test_in_every_state_and_it_is_no_use(desk: Workspace, owner: Actor, state: str) -> None:
    Workspace.objects.update(state=state)
    before, operations = Workspace.objects.get().last_activity_at, Operation.objects.count()
    looking_link_make(owner, desk)
    looking_of(owner, desk)
    looking_link_end(owner, desk)
    assert (Workspace.objects.get().last_activity_at, Operation.objects.count()) == (before, operations)


def test_who_may(desk: Workspace, owner: Actor, bob: User, charlie: User, root: User, actor_of: ActorOf) -> None:
    services = (looking_link_make, looking_link_renew, looking_link_end)
    link = looking_link_make(owner, desk)
    for role in Share.Role.values:
        Share.objects.update_or_create(workspace=desk, user=bob, defaults={"role": role})
        seen = looking_of(actor_of(bob), desk)
        assert seen is not None and (seen.port, seen.has_link, seen.link) == ("6081", True, ""), "whose it is to give"
        for service in services:
            with pytest.raises(Forbidden) as refused:
                service(actor_of(bob), desk)
            assert refused.value.code == "OWNER_ONLY"
    for asked in (looking_of, *services):
        with pytest.raises(NotFound):
            asked(actor_of(charlie), desk)
    seen = looking_of(actor_of(root), desk)
    assert seen is not None and seen.link == link
    assert looking_link_renew(actor_of(root), desk) != link


def test_a_kind_that_is_not_looked_at_has_none(alice: User, owner: Actor, make_workspace: MakeWorkspace) -> None:
    plain = make_workspace(alice, name="Plain")
    assert looking_of(owner, plain) is None
    for service in (looking_link_make, looking_link_renew, looking_link_end):
        with pytest.raises(Conflict) as refused:
            service(owner, plain)
        assert refused.value.code == "VIEW_NONE"


# -- what other services say of that port
def test_it_is_not_among_the_ports(desk: Workspace, owner: Actor) -> None:
    looking_link_make(owner, desk)
    assert [view.port for view in ports_of(owner, desk)] == [3000, 6080]
    assert [view.port for view in ports_of(owner, desk, ask_engine=False)] == []


def test_it_is_shared_by_no_other_way_and_has_no_name(desk: Workspace, owner: Actor) -> None:
    alias_add(owner, desk, subdomain="my-app", port=3000)
    for attempt in (
        lambda: port_share_set(owner, desk, VIEW, "people"),
        lambda: port_share_set(owner, desk, VIEW, "link"),
        lambda: port_share_set(owner, desk, VIEW, "owner"),
        lambda: port_link_renew(owner, desk, VIEW),
        lambda: alias_add(owner, desk, subdomain="look-here", port=VIEW),
        lambda: alias_update(owner, desk, "my-app", port=VIEW),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        assert (refused.value.code, list(refused.value.details)) == ("PORT_IS_VIEW", ["port"])
        assert "6081" in refused.value.message and "Desk" in refused.value.message
    assert not PortShare.objects.exists() and Alias.objects.get().port == 3000


def test_where_the_container_has_its_app_there_it_is_the_apps(desk: Workspace, owner: Actor) -> None:
    Workspace.objects.update(app_port=VIEW)
    desk.refresh_from_db()
    assert looking_of(owner, desk) is None
    with pytest.raises(Invalid) as refused:
        port_share_set(owner, desk, VIEW, "link")
    assert refused.value.code == "PORT_IS_EDITOR"
    port_share_set(owner, desk, 6080, "people")


def test_a_viewer_hears_of_it_by_the_workspace_alone(
    desk: Workspace, owner: Actor, bob: User, actor_of: ActorOf
) -> None:
    share_add(owner, desk, "bob", Share.Role.VIEWER)
    assert looking_of(actor_of(bob), desk) is not None
    assert [view.port for view in ports_of(actor_of(bob), desk)] == [3000, 6080]
