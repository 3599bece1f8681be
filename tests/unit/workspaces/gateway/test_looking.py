"""The port for looking: who gets there, by HTTP and by websocket, and that it is no use and wakes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import AuditEvent, BrowserSession, User
from accounts.services.tokens import token_issue
from tests.accounts_fixtures import ActorOf, as_
from tests.unit.workspaces.gateway.conftest import PAGE, Answer, Key, SignIn, ask, target_of, visit_of
from tests.unit.workspaces.gateway.desks import VIEW, Framed, desk, desk_kind, framed
from tests.unit.workspaces.gateway.test_audience import IN, at, websocket_status
from workspaces.gateway import activity
from workspaces.gateway.activity import websocket_beats
from workspaces.gateway.authorise import authorise, authorise_forget
from workspaces.gateway.hosts import host_label
from workspaces.gateway.names import name_forget
from workspaces.gateway.sessions import session_open
from workspaces.models import Alias, GatewaySession, Operation, PortShare, Share, Workspace
from workspaces.passwords import password_encrypt
from workspaces.services import share_add, share_remove
from workspaces.services.looking import looking_link_end, looking_link_make, looking_link_renew
from workspaces.states import State

__all__ = ["desk", "desk_kind", "framed"]
pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
NAME = "view-name"
LETS_IN = {
    "alice": IN, "bob": IN, "root": IN, "viewer": IN, "a guest who may look": IN, "by password": IN, "by link": IN,
    "charlie": 404, "locked viewer": 401, "by alias": 401, "by an old link": 401, "nobody": 401,
}  # fmt: skip
"""Alice owns, also where she leads a workshop of which this is a seat; Bob edits."""


@pytest.fixture
def label(desk: Workspace) -> str:
    return host_label(desk.public_id, VIEW)


@pytest.fixture
def key_for(
    desk: Workspace, alice: User, bob: User, charlie: User, root: User, guest: User, sign_in: SignIn, actor_of: ActorOf
) -> Callable[[str, str], str]:
    """The cookie of such a visitor at a host, as if they had had a ticket, or what they know was good there. A name
    with a password leads to that port, and everybody with an account was let in there, from when it was another."""
    looking_link_make(actor_of(alice), desk)
    share_add(actor_of(alice), desk, "bob", Share.Role.EDITOR)
    dave, eve = (User.objects.create_user(f"{name}@example.org", name) for name in ("dave", "eve"))
    for person in (dave, eve, guest):
        Share.objects.create(workspace=desk, user=person, role=Share.Role.VIEWER)
    alias = Alias.objects.create(
        workspace=desk, port=VIEW, subdomain=NAME, auth_username="class", password_encrypted=password_encrypt("sesame!")
    )
    people = {"alice": alice, "bob": bob, "charlie": charlie, "root": root, "viewer": dave, "locked viewer": eve,
              "a guest who may look": guest}  # fmt: skip
    session_keys = {who: sign_in(user) for who, user in people.items()}
    User.objects.filter(pk=eve.pk).update(is_active=False)
    by, version = GatewaySession.GuestBy, PortShare.objects.get(port=VIEW).link_version
    versions = {
        "by password": (by.PASSWORD, desk.password_version),
        "by link": (by.LINK, version),
        "by an old link": (by.LINK, version - 1),
        "by alias": (by.ALIAS, alias.password_version),
    }

    def make(who: str, label: str) -> str:
        if who in people:
            return session_open(desk, label, user=people[who], session_key=session_keys[who])
        if who == "nobody":
            return ""
        guest_by, version = versions[who]
        return session_open(desk, label, guest_by=guest_by, version=version)

    return make


async def statuses(label: str, key: str) -> tuple[int, int]:
    answer = await ask(at(label), "/desktop.json", key=key, headers=SCRIPT)
    return answer.status, await websocket_status(label, key=key)


@pytest.mark.parametrize("who", LETS_IN)
async def test_who_may_look_is_let_in_and_nobody_else(
    label: str, key_for: Callable[[str, str], str], who: str
) -> None:
    expected = LETS_IN[who]
    assert await statuses(label, await sync_to_async(key_for)(who, label)) == (expected, expected)
    if who != "by password":  # which opens every host of the workspace
        expected = 401 if who == "by alias" else expected
        assert await statuses(NAME, await sync_to_async(key_for)(who, NAME)) == (expected, expected)
    name_forget(NAME)


@pytest.mark.parametrize("who", ["charlie", "nobody"])
async def test_a_share_with_everybody_from_before_opens_it_to_nobody(
    desk: Workspace, label: str, key_for: Callable[[str, str], str], who: str
) -> None:
    key = await sync_to_async(key_for)(who, label)
    await PortShare.objects.aupdate(audience="people", link_key_sealed="")
    authorise_forget(desk.public_id)
    assert await statuses(label, key) == (LETS_IN[who], LETS_IN[who])


@pytest.mark.parametrize("who", ["viewer", "by link", "a guest who may look"])
async def test_who_only_looks_reaches_that_port_alone(
    desk: Workspace, label: str, key_for: Callable[[str, str], str], who: str
) -> None:
    key = await sync_to_async(key_for)(who, label)
    for port in (None, desk.port, VIEW + 1, 22):
        other = host_label(desk.public_id, port)
        assert await statuses(other, key) == (401, 401), "a cookie is of one host"
        own, status = await sync_to_async(key_for)(who, other), 401 if who == "by link" else 404
        assert await statuses(other, own) == (status, status), port


async def test_a_token_opens_it_to_whoever_may_look(
    desk: Workspace, label: str, key_for: Callable[[str, str], str], actor_of: ActorOf, charlie: User
) -> None:
    dave = await User.objects.aget(username="dave")
    for user, status in ((dave, IN), (charlie, 404)):
        _token, raw = await sync_to_async(token_issue)(actor_of(user), user, name="ci")
        answer = await ask(at(label), "/desktop.json", headers={**SCRIPT, "authorization": f"Bearer {raw}"})
        assert answer.status == status


# -- the page
def is_looking(answer: Answer) -> bool:
    return answer.status == 200 and "data-view-only" in answer.text


async def test_the_page_there_is_for_looking(
    desk: Workspace, label: str, key_for: Callable[[str, str], str]
) -> None:
    page = await ask(at(label), "/", key=await sync_to_async(key_for)("viewer", label))
    assert is_looking(page) and "Board" in page.text and "data-files" not in page.text
    assert "here.js" not in page.text and not page.get("set-cookie")
    assert 'href="http://localhost:8000/"' in page.text
    by_link = await ask(at(label), "/", key=await sync_to_async(key_for)("by link", label))
    assert is_looking(by_link) and label in by_link.text and "Board" not in by_link.text
    assert 'href="http://localhost:8000/"' not in by_link.text
    assert f"http://{desk.public_id}.localhost:8000" in by_link.get("content-security-policy")


@pytest.mark.parametrize("path", ["files", "files/download?path=a", "here", "seat?words", "seat/news"])
@pytest.mark.parametrize("who", ["alice", "viewer", "by link"])
async def test_there_is_nothing_else_below_our_paths_there(
    label: str, key_for: Callable[[str, str], str], who: str, path: str
) -> None:
    key = await sync_to_async(key_for)(who, label)
    answer = await ask(at(label), f"/_spaces/{path}", key=key, headers=SCRIPT)
    assert answer.status == (204 if path.startswith("seat") else 404)


async def test_nor_is_anything_done_there(desk: Workspace, label: str, key_for: Callable[[str, str], str]) -> None:
    await Workspace.objects.aupdate(state=State.STOPPED)
    authorise_forget(desk.public_id)
    key = await sync_to_async(key_for)("alice", label)
    for path in ("start", "here", "files/upload?path=a"):
        answer = await ask(at(label), f"/_spaces/{path}", key=key, method="POST", headers=SCRIPT)
        assert answer.status == 404, path
    assert (await Workspace.objects.aget()).state == State.STOPPED


# -- no use, and no waking
async def last_use(workspace: Workspace) -> Any:
    for task in list(activity._under_way):
        await task
    return (await Workspace.objects.aget(pk=workspace.pk)).last_activity_at


@pytest.mark.parametrize("who", ["alice", "viewer", "by link"])
async def test_looking_is_no_use(
    desk: Workspace, label: str, key_for: Callable[[str, str], str], framed: Framed, who: str
) -> None:
    await Workspace.objects.aupdate(last_activity_at=timezone.now() - timedelta(hours=1), last_opened_at=None)
    before, key = await last_use(desk), await sync_to_async(key_for)(who, label)
    by_a_person = {**PAGE, "sec-fetch-user": "?1"}
    for path in ("/", "/?app", "/desktop.json"):
        await ask(at(label), path, key=key, headers=by_a_person)
    assert await last_use(desk) == before
    assert (await Workspace.objects.aget()).last_opened_at is None
    for frame in ("desktop", "page", ""):
        await sync_to_async(framed)(frame)
        grant = await sync_to_async(authorise)(target_of(desk, VIEW), (key,), "", None)
        assert grant.view_only and not grant.is_editor
        assert websocket_beats(visit_of(), grant) is None


@pytest.mark.parametrize("state", [State.STOPPED, State.PAUSED, State.ERROR])
@pytest.mark.parametrize("who", ["alice", "viewer", "by link"])
async def test_looking_wakes_nothing_and_offers_nobody_to(
    desk: Workspace, label: str, key_for: Callable[[str, str], str], who: str, state: State
) -> None:
    operations = await Operation.objects.acount()
    await Workspace.objects.aupdate(state=state)
    authorise_forget(desk.public_id)
    page = await ask(at(label), "/", key=await sync_to_async(key_for)(who, label))
    assert page.status == 409 and "/_spaces/start" not in page.text
    assert (await Workspace.objects.aget()).state == state
    assert await Operation.objects.acount() == operations


async def test_one_that_is_starting_is_waited_for(
    desk: Workspace, label: str, key_for: Callable[[str, str], str]
) -> None:
    await Workspace.objects.aupdate(state=State.STARTING)
    authorise_forget(desk.public_id)
    page = await ask(at(label), "/", key=await sync_to_async(key_for)("viewer", label))
    assert page.status == 503 and "/_spaces/wait" in page.text


# -- the ways in
def test_the_platform_gives_a_ticket_to_who_may_look_and_that_is_no_use(
    desk: Workspace, key_for: Callable[[str, str], str], bob: User, charlie: User, guest: User
) -> None:
    Workspace.objects.update(last_activity_at=timezone.now() - timedelta(hours=1), last_opened_at=None)
    before = Workspace.objects.get().last_activity_at
    page = f"/workspaces/{desk.public_id}/open?port={VIEW}"
    for person in (bob, User.objects.get(username="dave"), guest):
        there = as_(person).get(page)
        assert there.status_code == 302
        assert there["Location"].startswith(f"http://{desk.public_id}-{VIEW}.localhost:8000/_spaces/enter?ticket=")
    assert as_(charlie).get(page).status_code == 404
    assert as_(charlie).get(f"/workspaces/named/{NAME}/open").status_code == 404
    assert as_(User.objects.get(username="dave")).get(page.partition("?")[0]).status_code == 403
    after = Workspace.objects.get()
    assert (after.last_activity_at, after.last_opened_at) == (before, None)


async def test_the_link_lets_somebody_without_an_account_look_and_is_written_down(
    desk: Workspace, label: str, alice: User, actor_of: ActorOf
) -> None:
    link = await sync_to_async(looking_link_make)(actor_of(alice), desk)
    path = link.removeprefix(f"http://{label}.localhost:8000")
    came = await ask(at(label), path)
    assert (came.status, came.get("location")) == (303, "/")
    assert is_looking(await ask(at(label), "/", key=came.cookie))
    event = await AuditEvent.objects.aget(action="gateway.link_accepted")
    assert (event.workspace, event.meta["host"]) == (desk.public_id, label)
    wrong = await ask(at(label), path[:-1] + ("0" if path[-1] != "0" else "1"))
    assert wrong.status == 404 and not wrong.cookie
    elsewhere = await ask(at(host_label(desk.public_id, 3000)), path)
    assert elsewhere.status == 404 and not elsewhere.cookie


@pytest.mark.parametrize("how", ["ended", "renewed", "ended and made again"])
async def test_a_link_that_is_taken_back_ends_what_it_opened_at_once(
    desk: Workspace, label: str, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str], how: str
) -> None:
    key = await sync_to_async(key_for)("by link", label)
    assert await statuses(label, key) == (IN, IN)
    actor = actor_of(alice)
    if how == "renewed":
        await sync_to_async(looking_link_renew)(actor, desk)
    else:
        await sync_to_async(looking_link_end)(actor, desk)
    if how == "ended and made again":
        await sync_to_async(looking_link_make)(actor, desk)
    assert await statuses(label, key) == (401, 401)


async def test_who_may_not_look_any_more_is_out_at_once(
    desk: Workspace, label: str, alice: User, actor_of: ActorOf, key_for: Callable[[str, str], str]
) -> None:
    key = await sync_to_async(key_for)("viewer", label)
    assert await statuses(label, key) == (IN, IN)
    dave = await User.objects.aget(username="dave")
    await sync_to_async(share_remove)(actor_of(alice), desk, dave.pk)
    assert await statuses(label, key) == (401, 401)


async def test_where_the_container_has_its_app_nobody_only_looks(
    desk: Workspace, label: str, key_for: Callable[[str, str], str]
) -> None:
    """It was made while its kind's app was there: that port is the app's, for who may work in it."""
    keys = {who: await sync_to_async(key_for)(who, label) for who in ("alice", "viewer", "by link")}
    await Workspace.objects.aupdate(app_port=VIEW)
    authorise_forget(desk.public_id)
    assert await statuses(label, keys["viewer"]) == (404, 404)
    assert await statuses(label, keys["by link"]) == (401, 401)
    grant = await sync_to_async(authorise)(target_of(desk, VIEW), (keys["alice"],), "", None)
    assert grant.is_editor and not grant.view_only


async def test_a_viewers_cookie_for_it_ends_with_their_session(
    desk: Workspace, label: str, bob: User, cookie_of: Key
) -> None:
    await Share.objects.acreate(workspace=desk, user=bob, role=Share.Role.VIEWER)
    key = await sync_to_async(cookie_of)(desk, bob, VIEW)
    assert await statuses(label, key) == (IN, IN)
    await BrowserSession.objects.all().adelete()
    authorise_forget(desk.public_id)
    assert await statuses(label, key) == (401, 401)

