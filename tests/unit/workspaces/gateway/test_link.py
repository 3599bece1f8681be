"""The link to a port: the right one opens it, every other is answered as if there were nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, RateWindow, User
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.gateway.conftest import PAGE, Answer, Key, ask, target_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import Target
from workspaces.gateway.link import TRIES
from workspaces.models import GatewaySession, PortShare, Workspace
from workspaces.services.aliases import alias_add
from workspaces.services.ports import port_share_set

pytestmark = pytest.mark.django_db(transaction=True)
PORT = 3000
SCRIPT = {"accept": "application/json"}


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User) -> Iterator[Workspace]:
    made = make_workspace(alice, name="Lab")
    Workspace.objects.update(address="127.0.0.1")
    made = Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    yield made
    authorise_forget(made.public_id)


@pytest.fixture
def key(workspace: Workspace, alice: User, actor_of: ActorOf) -> str:
    return key_in(port_share_set(actor_of(alice), workspace, PORT, "link"))


def key_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["key"][0]


async def follow(target: Target, key: str, cookie: str = "", rest: str = "") -> Answer:
    return await ask(target, f"/_spaces/link?key={key}{rest}", key=cookie)


async def test_the_link_opens_the_port_and_leads_to_its_start(workspace: Workspace, key: str) -> None:
    answer = await follow(target_of(workspace, PORT), key)
    assert (answer.status, answer.get("location"), answer.get("cache-control")) == (303, "/", "no-store")
    cookie = answer.get("set-cookie")
    assert "HttpOnly" in cookie and "Domain" not in cookie and key not in cookie
    assert (await ask(target_of(workspace, PORT), "/", key=answer.cookie, headers=SCRIPT)).status == 502
    event = await AuditEvent.objects.aget(action="gateway.link_accepted")
    assert (event.workspace, event.address, event.actor_id) == (workspace.public_id, "192.0.2.7", None)
    assert key not in str([row async for row in AuditEvent.objects.values()])


@pytest.mark.parametrize(
    ("asked", "there"),
    [("/a?b=c", "/a?b=c"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/_spaces/sign-out", "/")],
)
async def test_it_leads_on_within_the_host_alone(workspace: Workspace, key: str, asked: str, there: str) -> None:
    answer = await follow(target_of(workspace, PORT), key, rest=f"&next={asked.replace('?', '%3F')}")
    assert answer.get("location") == there


async def test_another_key_is_answered_as_if_there_were_nothing(
    workspace: Workspace, key: str, alice: User, bob: User, actor_of: ActorOf, make_workspace: MakeWorkspace
) -> None:
    share = sync_to_async(port_share_set)
    other_port = key_in(await share(actor_of(alice), workspace, 3001, "link"))
    foreign_workspace = await sync_to_async(make_workspace)(bob, name="Theirs")
    foreign = key_in(await share(actor_of(bob), foreign_workspace, PORT, "link"))
    await share(actor_of(alice), workspace, 3002, "people")
    nothing = await follow(Target("bbbbbbbbbbbb", PORT, f"bbbbbbbbbbbb-{PORT}"), key)
    assert nothing.status == 404
    wrong = [key[:-1], key + "0", key.upper() if key != key.upper() else key[::-1], key[::-1], "", "%00", "%F0%9F",
             other_port, foreign, "sp_token"]  # fmt: skip
    asked = [(target_of(workspace, PORT), given) for given in wrong]
    asked += [(target_of(workspace, port), key) for port in (None, 3001, 3002, 3003, workspace.port)]
    asked += [(target_of(foreign_workspace, PORT), key)]
    for target, given in asked:
        answer = await follow(target, given)
        assert (answer.status, answer.body) == (404, nothing.body), (target, given)
        assert not answer.get("set-cookie")
    assert not await GatewaySession.objects.aexists()
    assert await AuditEvent.objects.filter(action="gateway.link_refused").aexists()


async def test_wrong_links_are_limited_per_client_whether_there_is_something_or_not(
    workspace: Workspace, key: str
) -> None:
    assert (await follow(target_of(workspace, PORT), key)).status == 303
    assert (await RateWindow.objects.aget(bucket__startswith="link:")).count == 0, "a right one is not counted"
    await RateWindow.objects.aupdate(count=TRIES)
    for target in (target_of(workspace, PORT), Target("bbbbbbbbbbbb", PORT, f"bbbbbbbbbbbb-{PORT}")):
        answer = await follow(target, "wrong")
        assert (answer.status, answer.get("retry-after") != "") == (429, True)


async def test_who_is_in_already_stays_who_they_are(
    workspace: Workspace, key: str, alice: User, charlie: User, cookie_of: Key
) -> None:
    cookie = await sync_to_async(cookie_of)(workspace, alice, PORT)
    answer = await follow(target_of(workspace, PORT), key, cookie)
    assert (answer.status, answer.get("set-cookie")) == (303, "")
    guest = (await follow(target_of(workspace, PORT), key)).cookie
    assert (await follow(target_of(workspace, PORT), key, guest)).get("set-cookie") == ""
    strangers = await sync_to_async(cookie_of)(workspace, charlie, PORT)
    assert (await follow(target_of(workspace, PORT), key, strangers)).cookie, "who is not in comes in as a guest"


async def test_it_works_at_a_name_of_the_port_too(
    workspace: Workspace, key: str, alice: User, actor_of: ActorOf
) -> None:
    add = sync_to_async(alias_add)
    await add(actor_of(alice), workspace, subdomain="by-name", port=PORT)
    await add(actor_of(alice), workspace, subdomain="elsewhere", port=3001)
    answer = await follow(Target("", None, "by-name"), key)
    assert answer.status == 303
    assert (await ask(Target("", None, "by-name"), "/", key=answer.cookie, headers=SCRIPT)).status == 502
    assert (await follow(Target("", None, "elsewhere"), key)).status == 404


async def test_only_following_it_opens_the_port(workspace: Workspace, key: str) -> None:
    posted = await ask(target_of(workspace, PORT), f"/_spaces/link?key={key}", method="POST", headers=PAGE)
    assert posted.status == 404
    assert not await GatewaySession.objects.aexists()


async def test_a_link_that_cannot_be_read_any_more_opens_nothing(workspace: Workspace, key: str) -> None:
    await PortShare.objects.aupdate(link_key_sealed="altered")
    for given in (key, "altered", ""):
        assert (await follow(target_of(workspace, PORT), given)).status == 404
    await PortShare.objects.aupdate(link_key_sealed="")
    assert (await follow(target_of(workspace, PORT), "")).status == 404
