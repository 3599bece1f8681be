"""Who enters which host of a workspace, by HTTP and by websocket: every kind of visitor at every kind of address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from accounts.services.tokens import token_issue
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.workspaces.gateway.conftest import PAGE, PASSWORD, SignIn, ask
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.app import Gateway
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import Target, host_label
from workspaces.gateway.names import name_forget
from workspaces.gateway.sessions import session_open
from workspaces.models import Alias, GatewaySession, Operation, PortShare, Share, Workspace
from workspaces.services import share_add
from workspaces.services.aliases import alias_add, alias_remove, alias_update
from workspaces.services.ports import port_link_renew, port_share_set
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json"}
UNSHARED, PEOPLE, BY_LINK = 3001, 3002, 3003
IN = 502
"""Nothing listens in a faked container: to be told so, one has to be in."""


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User, bob: User, actor_of: ActorOf) -> Iterator[Workspace]:
    """Alice's, which Bob edits, with a port of each audience, a name for each, and one that is protected."""
    made, alices = make_workspace(alice, name="Lab", password=PASSWORD), actor_of(alice)
    Workspace.objects.update(address="127.0.0.1", app_port=1)  # where nothing listens, and nothing may
    made = Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    share_add(alices, made, "bob", Share.Role.EDITOR)
    port_share_set(alices, made, PEOPLE, "people")
    port_share_set(alices, made, BY_LINK, "link")
    for name, port in (("plain", UNSHARED), ("for-people", PEOPLE), ("by-link", BY_LINK)):
        alias_add(alices, made, subdomain=name, port=port)
    alias_add(alices, made, subdomain="guarded", port=UNSHARED, auth_username="class", auth_password="open sesame")
    yield made
    authorise_forget(made.public_id)
    for name in ("plain", "for-people", "by-link", "guarded"):
        name_forget(name)


def hosts_of(workspace: Workspace) -> dict[str, str]:
    """The label of each kind of address."""
    ports = {"unshared": UNSHARED, "people": PEOPLE, "link": BY_LINK, "editor's port": workspace.port}
    labels = {name: host_label(workspace.public_id, port) for name, port in ports.items()}
    return {"editor": workspace.public_id, **labels} | {
        name: name for name in ("plain", "for-people", "by-link", "guarded")
    }


def at(label: str) -> Target:
    """For `ask`, which makes a Host header of it; where that leads the gateway finds out."""
    return Target("", None, label)


async def websocket_status(label: str, *, key: str = "", headers: dict[str, str] | None = None) -> int:
    """What a browser's websocket is refused with; `IN` when it is let through to where nothing listens."""
    host = f"{label}.localhost:8000"
    sent = {"host": host, "origin": f"http://{host}", "cookie": f"spaces_gate={key}" if key else "", **(headers or {})}
    scope = {
        "type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "subprotocols": [],
        "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
        "client": ("192.0.2.7", 1), "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        messages.append(message)

    gateway = Gateway(lambda *_: None)  # type: ignore[arg-type]
    await gateway(scope, receive, send)
    await gateway.upstream.close()
    return int(messages[0]["status"])


async def statuses(label: str, key: str) -> tuple[int, int]:
    """Of a page's request and of a websocket."""
    answer = await ask(at(label), "/", key=key, headers=SCRIPT)
    return answer.status, await websocket_status(label, key=key)


EVERYWHERE = {"editor", "editor's port", "unshared", "people", "link", "plain", "for-people", "by-link", "guarded"}
LETS_IN = {
    "alice": EVERYWHERE,
    "bob": EVERYWHERE,
    "root": EVERYWHERE,
    "viewer": {"people", "for-people"},
    "charlie": {"people", "for-people"},
    "locked": set(),
    "by password": EVERYWHERE,
    "by link": {"link", "by-link"},
    "by alias": {"guarded"},
    "nobody": set(),
}
KNOWN = {"viewer", "charlie"}
"""Those who are told that there is nothing, as they have an account; all others are to sign in."""


@pytest.fixture
def key_for(
    workspace: Workspace, alice: User, bob: User, charlie: User, root: User, sign_in: SignIn, actor_of: ActorOf
) -> Callable[[str, str], str]:
    """The cookie of such a visitor at a host, as if they had had a ticket, or what they know was good there."""
    people = {"alice": alice, "bob": bob, "charlie": charlie, "root": root}
    dave, eve = (User.objects.create_user(f"{name}@example.org", name) for name in ("dave", "eve"))
    share_add(actor_of(alice), workspace, "dave", Share.Role.VIEWER)
    share_add(actor_of(alice), workspace, "eve", Share.Role.EDITOR)
    people |= {"viewer": dave, "locked": eve}
    session_keys = {name: sign_in(user) for name, user in people.items()}
    User.objects.filter(pk=eve.pk).update(is_active=False)
    by = GatewaySession.GuestBy
    versions = {
        "by password": (by.PASSWORD, workspace.password_version),
        "by link": (by.LINK, PortShare.objects.get(port=BY_LINK).link_version),
        "by alias": (by.ALIAS, Alias.objects.get(subdomain="guarded").password_version),
    }

    def make(who: str, label: str) -> str:
        if who in people:
            return session_open(workspace, label, user=people[who], session_key=session_keys[who])
        if who == "nobody":
            return ""
        guest_by, version = versions[who]
        return session_open(workspace, label, guest_by=guest_by, version=version)

    return make


@pytest.mark.parametrize("who", LETS_IN)
async def test_everybody_enters_where_they_may_and_nowhere_else(
    workspace: Workspace, key_for: Callable[[str, str], str], who: str
) -> None:
    for where, label in hosts_of(workspace).items():
        key = await sync_to_async(key_for)(who, label)
        expected = IN if where in LETS_IN[who] else 404 if who in KNOWN else 401
        assert await statuses(label, key) == (expected, expected), (who, where)


async def test_a_cookie_of_one_host_opens_no_other(workspace: Workspace, key_for: Callable[[str, str], str]) -> None:
    labels = hosts_of(workspace)
    for who, where in (("alice", "editor"), ("charlie", "people"), ("by link", "link"), ("by alias", "guarded")):
        key = await sync_to_async(key_for)(who, labels[where])
        for other in set(labels.values()) - {labels[where]}:
            assert await statuses(other, key) == (401, 401), (who, other)


async def test_tokens_open_what_their_owner_may(workspace: Workspace, charlie: User, actor_of: ActorOf) -> None:
    _token, raw = await sync_to_async(token_issue)(actor_of(charlie), charlie, name="ci")
    for where, label in hosts_of(workspace).items():
        answer = await ask(at(label), "/", headers={**SCRIPT, "authorization": f"Bearer {raw}"})
        assert answer.status == (IN if where in LETS_IN["charlie"] else 404), where


async def test_all_guests_and_strangers_are_out_while_the_owner_is_locked(
    workspace: Workspace, alice: User, key_for: Callable[[str, str], str]
) -> None:
    labels = hosts_of(workspace)
    await User.objects.filter(pk=alice.pk).aupdate(is_active=False)
    for who, where, status in (("charlie", "people", 404), ("by link", "link", 401), ("by alias", "guarded", 401),
                               ("by password", "editor", 401), ("alice", "editor", 401)):  # fmt: skip
        assert await statuses(labels[where], await sync_to_async(key_for)(who, labels[where])) == (status, status), who


@pytest.mark.parametrize("how", ["owner", "people", "renewed", "editor's now"])
async def test_a_link_that_is_no_more_ends_its_sessions_at_once(
    workspace: Workspace, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str], how: str
) -> None:
    labels = [host_label(workspace.public_id, BY_LINK), "by-link"]
    keys = {label: await sync_to_async(key_for)("by link", label) for label in labels}
    for label, key in keys.items():
        assert await statuses(label, key) == (IN, IN)
    actor = actor_of(alice)
    if how == "renewed":
        await sync_to_async(port_link_renew)(actor, workspace, BY_LINK)
    elif how == "editor's now":
        await Workspace.objects.aupdate(app_port=BY_LINK)
        authorise_forget(workspace.public_id)
    else:
        await sync_to_async(port_share_set)(actor, workspace, BY_LINK, how)
        await sync_to_async(port_share_set)(actor, workspace, BY_LINK, "link")  # and back: that is another link
    for label, key in keys.items():
        assert await statuses(label, key) == (401, 401), label


async def test_a_port_that_is_open_to_people_no_more_is_closed_to_strangers_at_once(
    workspace: Workspace, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str]
) -> None:
    key = await sync_to_async(key_for)("charlie", "for-people")
    assert await statuses("for-people", key) == (IN, IN)
    await sync_to_async(port_share_set)(actor_of(alice), workspace, PEOPLE, "owner")
    assert await statuses("for-people", key) == (404, 404)


@pytest.mark.parametrize("change", [{"auth_password": "another one"}, {"auth_username": "room"}, {"protected": False},
                                    {"port": UNSHARED + 100}])  # fmt: skip
async def test_other_protection_of_a_name_ends_what_the_old_one_opened(
    workspace: Workspace, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str], change: dict[str, Any]
) -> None:
    key = await sync_to_async(key_for)("by alias", "guarded")
    assert await statuses("guarded", key) == (IN, IN)
    await sync_to_async(alias_update)(actor_of(alice), workspace, "guarded", **change)
    assert await statuses("guarded", key) == (401, 401)


async def test_a_name_that_is_gone_leads_nowhere_at_once_and_one_that_is_new_leads_there_at_once(
    workspace: Workspace, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str]
) -> None:
    key = await sync_to_async(key_for)("alice", "plain")
    assert await statuses("plain", key) == (IN, IN)
    await sync_to_async(alias_remove)(actor_of(alice), workspace, "plain")
    assert await statuses("plain", key) == (404, 404)
    await sync_to_async(alias_add)(actor_of(alice), workspace, subdomain="plain", port=UNSHARED)
    assert await statuses("plain", key) == (401, 401), "the old session does not fit the new name"


async def test_a_name_that_somebody_else_takes_opens_nothing_to_whoever_had_it_before(
    workspace: Workspace, alice: User, bob: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: object
) -> None:
    other = await sync_to_async(make_workspace)(bob, name="Other")
    key = await sync_to_async(session_open)(workspace, "plain")  # by the workspace's password
    assert await statuses("plain", key) == (IN, IN)
    await Alias.objects.filter(subdomain="plain").aupdate(workspace=other)
    name_forget("plain")
    assert await statuses("plain", key) == (401, 401)


# -- the way in by an account
def test_the_page_gives_a_stranger_a_ticket_for_an_open_port_and_shows_nothing_else(
    workspace: Workspace, charlie: User
) -> None:
    browser, page = as_(charlie), f"/workspaces/{workspace.public_id}/"
    entered = browser.get(f"{page}open?port={PEOPLE}&next=/a")
    assert entered.status_code == 302
    assert entered["Location"].startswith(f"http://{workspace.public_id}-{PEOPLE}.localhost:8000/_spaces/enter?ticket=")
    named = browser.get("/workspaces/named/for-people/open")
    assert named["Location"].startswith("http://for-people.localhost:8000/_spaces/enter?ticket=")
    missing = browser.get("/workspaces/bbbbbbbbbbbb/open?port=3000")
    for path in ("", "open", f"open?port={UNSHARED}", f"open?port={BY_LINK}", f"open?port={workspace.port}",
                 "files/", "terminal", "activity", "ports/", "ports/panel", "card", "usage.json"):  # fmt: skip
        refused = browser.get(page + path)
        assert (refused.status_code, "Lab" in refused.content.decode()) == (404, False), path
    assert missing.status_code == 404
    for name in ("plain", "by-link", "guarded", "no-such-name"):
        refused = browser.get(f"/workspaces/named/{name}/open")
        assert (refused.status_code, workspace.public_id in refused.content.decode()) == (404, False), name


def test_a_viewer_is_told_that_looking_is_all(workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    dave = User.objects.create_user("dave@example.org", "dave")
    share_add(actor_of(alice), workspace, "dave", Share.Role.VIEWER)
    page = f"/workspaces/{workspace.public_id}/open"
    assert as_(dave).get(page).status_code == 403
    assert as_(dave).get(f"{page}?port={UNSHARED}").status_code == 403
    assert as_(dave).get(f"{page}?port={PEOPLE}").status_code == 302


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "9" * 40, "\u0663"])
def test_a_port_that_is_none_is_refused(workspace: Workspace, alice: User, port: str) -> None:
    assert as_(alice).get(f"/workspaces/{workspace.public_id}/open", {"port": port}).status_code == 400


async def test_a_visitor_without_anything_is_sent_to_where_they_can_sign_in(workspace: Workspace) -> None:
    await Workspace.objects.aupdate(password_encrypted="")
    for label, there in (
        (f"{workspace.public_id}-{PEOPLE}", f"/workspaces/{workspace.public_id}/open?port={PEOPLE}&next=/a%3Fb%3Dc"),
        ("for-people", "/workspaces/named/for-people/open?next=/a%3Fb%3Dc"),
    ):
        answer = await ask(at(label), "/a?b=c")
        assert (answer.status, answer.get("location")) == (302, f"http://localhost:8000{there}")


async def test_a_strangers_visit_wakes_it_for_its_owner(
    workspace: Workspace, key_for: Callable[[str, str], str]
) -> None:
    for who, where in (("charlie", "for-people"), ("by link", "by-link"), ("by alias", "guarded")):
        await Operation.objects.all().adelete()
        await Workspace.objects.aupdate(state=State.STOPPED)
        authorise_forget(workspace.public_id)
        page = await ask(at(where), "/", key=await sync_to_async(key_for)(who, where), headers=PAGE)
        assert (f"{where} is waking up" in page.text, "Lab" in page.text) == (True, False), who
        operation = await Operation.objects.aget()
        assert (operation.verb, operation.actor_id) == ("start", workspace.owner_id), who
