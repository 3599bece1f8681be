"""Names at the gateway: where they lead, how often the database is asked, and the gate of one with a password."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, RateWindow, User
from spaces_site.errors import Invalid
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.gateway.conftest import PAGE, Answer, Key, ask
from tests.unit.workspaces.gateway.test_audience import at, websocket_status
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway import names
from workspaces.gateway.alias_gate import basic_read
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import Elsewhere, Named, Target
from workspaces.gateway.tickets import ticket_issue, ticket_redeem
from workspaces.gateway.tries import PER_CLIENT
from workspaces.gateway.visit import visit_read
from workspaces.models import Alias, Workspace
from workspaces.services.aliases import alias_add
from workspaces.services.ports import port_share_set

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json"}
FORM = {**PAGE, "content-type": "application/x-www-form-urlencoded"}
USER, SECRET = "class", "open: s\u00e9same"


@pytest.fixture
def workspace(make_workspace: MakeWorkspace, alice: User, actor_of: ActorOf) -> Iterator[Workspace]:
    made = make_workspace(alice, name="Secret lab")
    Workspace.objects.update(address="127.0.0.1")
    made = Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    alias_add(actor_of(alice), made, subdomain="plain", port=3000)
    alias_add(actor_of(alice), made, subdomain="guarded", port=3000, auth_username=USER, auth_password=SECRET)
    yield made
    authorise_forget(made.public_id)
    for name in ("plain", "guarded", "no-such-name"):
        names.name_forget(name)


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that the database is asked for."""
    asked: list[str] = []
    real = names.name_target

    def target(label: str) -> Target | None:
        asked.append(label)
        return real(label)

    monkeypatch.setattr(names, "name_target", target)
    return asked


async def gate(username: str, password: str, **headers: str) -> Answer:
    body = urlencode({"username": username, "password": password}).encode()
    return await ask(at("guarded"), "/_spaces/gate?next=/a", method="POST", body=body, headers={**FORM, **headers})


def basic(username: str, password: str) -> dict[str, str]:
    return {**SCRIPT, "authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


async def test_a_name_is_asked_for_once_in_a_while_whether_it_is_there_or_not(
    workspace: Workspace, questions: list[str]
) -> None:
    for _ in range(5):
        assert (await names.target_of(Named("plain"))) == Target(workspace.public_id, 3000, "plain", by_name=True)
        assert await names.target_of(Named("no-such-name")) is None
    assert sorted(questions) == ["no-such-name", "plain"]
    assert await names.target_of(Elsewhere.NOTHING) is None


async def test_many_false_names_are_not_remembered_without_end(
    workspace: Workspace, questions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "_MOST_KEPT", 10)
    for number in range(30):
        await names.target_of(Named(f"false-{number}"))
    assert len(names._memory.kept) <= 10


async def test_a_name_that_nobody_has_is_said_in_plain_words(workspace: Workspace) -> None:
    answer = await ask(at("no-such-name"), "/")
    assert (answer.status, "There is no workspace here" in answer.text) == (404, True)
    assert await websocket_status("no-such-name") == 404


@pytest.mark.parametrize("label", ["www", "admin", "xn--bcher-kva"])
async def test_a_reserved_name_leads_nowhere_even_if_it_were_in_the_database(
    workspace: Workspace, questions: list[str], label: str
) -> None:
    await Alias.objects.filter(subdomain="plain").aupdate(subdomain=label)
    assert (await ask(at(label), "/")).status == 404
    assert questions == []


# -- tickets
def test_a_ticket_for_a_name_opens_it_and_no_other_host(
    workspace: Workspace, alice: User, actor_of: ActorOf, sign_in: Key, bob: User, make_workspace: MakeWorkspace
) -> None:
    url = ticket_issue(actor_of(alice), workspace, host="plain.localhost:8000", session_key=sign_in(alice))
    assert url.startswith("http://plain.localhost:8000/_spaces/enter?ticket=")
    other = make_workspace(bob, name="Other")
    for host in ("no-such-name.localhost", "www.localhost"):
        with pytest.raises(Invalid):
            ticket_issue(actor_of(alice), workspace, host=host)
    with pytest.raises(Invalid):
        ticket_issue(actor_of(bob), other, host="plain.localhost")
    key = url.partition("ticket=")[2].partition("&")[0]
    assert ticket_redeem(Target(workspace.public_id, 3000, "plain", by_name=True), key)


# -- the gate
async def test_a_browser_meets_a_gate_that_tells_the_name_and_nothing_of_the_workspace(workspace: Workspace) -> None:
    answer = await ask(at("guarded"), "/a?b=c")
    assert (answer.status, answer.get("www-authenticate")) == (401, "")
    assert 'name="username"' in answer.text and 'name="password"' in answer.text
    everything = answer.text + str(answer.headers)
    assert "guarded" in everything
    assert "Secret lab" not in everything and workspace.public_id not in everything


async def test_the_right_name_and_password_open_it(workspace: Workspace) -> None:
    answer = await gate(USER, SECRET)
    assert (answer.status, answer.get("location")) == (303, "/a")
    assert (await ask(at("guarded"), "/", key=answer.cookie, headers=SCRIPT)).status == 502
    assert await websocket_status("guarded", key=answer.cookie) == 502
    event = await AuditEvent.objects.aget(action="gateway.alias_accepted")
    assert (event.workspace, event.meta) == (workspace.public_id, {"host": "guarded"})


@pytest.mark.parametrize(
    ("username", "password"),
    [(USER, "wrong"), ("wrong", SECRET), ("", ""), (USER, ""), (USER.upper(), SECRET), (USER, SECRET + " "),
     ("\0", "\0")],
)  # fmt: skip
async def test_anything_else_does_not(workspace: Workspace, username: str, password: str) -> None:
    answer = await gate(username, password)
    assert (answer.status, answer.cookie) == (403, "")
    assert "not the user name and password" in answer.text
    assert SECRET not in str([row async for row in AuditEvent.objects.values()])


async def test_wrong_ones_are_limited_by_page_and_by_program_together(workspace: Workspace) -> None:
    for number in range(PER_CLIENT):
        wrong = await gate(USER, "x") if number % 2 else await ask(at("guarded"), "/", headers=basic(USER, "x"))
        assert wrong.status in (401, 403)
    assert (await gate(USER, SECRET)).status == 429
    assert (await ask(at("guarded"), "/", headers=basic(USER, SECRET))).status == 429


async def test_a_form_of_another_site_is_refused(workspace: Workspace) -> None:
    for origin in ("http://evil.example", "http://plain.localhost:8000", "http://localhost:8000"):
        assert (await gate(USER, SECRET, origin=origin)).status == 403
    assert not await AuditEvent.objects.filter(action__startswith="gateway.alias").aexists()


async def test_without_protection_there_is_no_gate(workspace: Workspace) -> None:
    answer = await ask(at("plain"), "/")
    assert answer.get("location") == "http://localhost:8000/workspaces/named/plain/open?next=/"
    body = urlencode({"username": "", "password": ""}).encode()
    posted = await ask(at("plain"), "/_spaces/gate", method="POST", body=body, headers=FORM)
    assert (posted.status, posted.cookie) == (303, "")


async def test_the_password_of_a_name_opens_no_editor(workspace: Workspace) -> None:
    await Workspace.objects.aupdate(app_port=3000)
    assert (await gate(USER, SECRET)).cookie == ""
    assert (await ask(at("guarded"), "/", headers=basic(USER, SECRET))).status == 401


# -- programs
async def test_a_program_brings_them_with_each_request(workspace: Workspace) -> None:
    for _ in range(3):
        assert (await ask(at("guarded"), "/", headers=basic(USER, SECRET))).status == 502
        authorise_forget(workspace.public_id)
    assert await AuditEvent.objects.filter(action="gateway.alias_accepted").acount() == 1, "once an hour"
    assert (await RateWindow.objects.aget(bucket__startswith="gate:")).count == 0
    headers = {**basic(USER, SECRET), "origin": ""}
    assert await websocket_status("guarded", headers=headers) == 502
    assert await websocket_status("guarded", headers={**headers, "origin": "http://evil.example"}) == 403


@pytest.mark.parametrize("headers", [SCRIPT, basic(USER, "wrong"), basic("", ""), {**SCRIPT, "authorization": "Basic"},
                                     {**SCRIPT, "authorization": "Basic ????"}])  # fmt: skip
async def test_a_program_without_the_right_ones_is_told_what_is_wanted(
    workspace: Workspace, headers: dict[str, str]
) -> None:
    answer = await ask(at("guarded"), "/", headers=headers)
    assert answer.status == 401
    assert answer.get("www-authenticate") == 'Basic realm="guarded", charset="UTF-8"'


async def test_browsers_are_never_made_to_ask_with_a_window_of_their_own(workspace: Workspace) -> None:
    for headers in (PAGE, {**SCRIPT, "sec-fetch-mode": "cors"}, {"accept": "text/html"}):
        answer = await ask(at("guarded"), "/", headers=headers)
        assert (answer.status, answer.get("www-authenticate")) == (401, "")
    for label in ("plain", f"{workspace.public_id}-3000", workspace.public_id):
        assert (await ask(at(label), "/", headers=SCRIPT)).get("www-authenticate") == ""


async def test_a_foreign_page_cannot_use_what_a_browser_would_send_by_itself(workspace: Workspace) -> None:
    headers = {**basic(USER, SECRET), "origin": "http://evil.example"}
    assert (await ask(at("guarded"), "/", method="POST", headers=headers)).status == 403


async def test_the_port_itself_and_its_other_names_do_not_take_them(workspace: Workspace) -> None:
    for label in ("plain", f"{workspace.public_id}-3000", workspace.public_id):
        assert (await ask(at(label), "/", headers=basic(USER, SECRET))).status == 401, label


async def test_an_audience_of_the_port_enters_at_a_protected_name_too(
    workspace: Workspace, alice: User, charlie: User, actor_of: ActorOf, sign_in: Key
) -> None:
    await sync_to_async(port_share_set)(actor_of(alice), workspace, 3000, "people")
    ticket = sync_to_async(ticket_issue)
    session_key = await sync_to_async(sign_in)(charlie)
    url = await ticket(actor_of(charlie), workspace, host="guarded.localhost", session_key=session_key)
    entered = await ask(at("guarded"), url.removeprefix("http://guarded.localhost:8000"))
    assert (await ask(at("guarded"), "/", key=entered.cookie, headers=SCRIPT)).status == 502


def headers_for_container(target: Target, authorization: str) -> list[str]:
    scope = {
        "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "client": ("192.0.2.7", 1),
        "headers": [(b"host", b"x.localhost"), (b"authorization", authorization.encode())],
    }  # fmt: skip
    return [value for name, value in visit_read(scope, target).headers if name == "authorization"]


@pytest.mark.parametrize("value", ["Basic YTpi", "basic YTpi", "BASIC  YTpi", "Basic\tYTpi", "Basic", "Basic ??"])
def test_what_is_for_the_gate_never_reaches_a_container(value: str) -> None:
    assert headers_for_container(Target("abcdefghijkl", 3000, "guarded", by_name=True, asks=True), value) == []


@pytest.mark.parametrize("value", ["Bearer theirs", "Digest a=b", "Basicly x"])
def test_a_programs_own_credential_does(value: str) -> None:
    assert headers_for_container(Target("abcdefghijkl", 3000, "guarded", by_name=True, asks=True), value) == [value]
    by_number = Target("abcdefghijkl", 3000, "abcdefghijkl-3000")
    for plain in (by_number, Target("abcdefghijkl", 3000, "plain", by_name=True)):
        assert headers_for_container(plain, "Basic YTpi") == ["Basic YTpi"]


@pytest.mark.parametrize(
    ("encoded", "pair"),
    [("YTpiOmM=", ("a", "b:c")), ("w6Q6w7Y=", ("ä", "ö")), ("", ("", "")), ("????", ("", "")), ("/w==", ("", "")),
     ("YQ==", ("a", "")), ("ä", ("", ""))],
)  # fmt: skip
def test_how_basic_is_read(encoded: str, pair: tuple[str, str]) -> None:
    assert basic_read(encoded) == pair
