"""The gateway's own pages, as a person meets them: the way in, the gate, the wait, the way out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from asgiref.sync import sync_to_async

from accounts.models import User
from spaces_site.errors import Forbidden
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.gateway.conftest import PAGE, PASSWORD, Key, SignIn, ask, target_of
from workspaces.gateway import progress, waiting
from workspaces.gateway.app import NOWHERE
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.hosts import Target
from workspaces.gateway.tickets import ticket_issue, workspace_host
from workspaces.models import GatewaySession, Kind, Operation, Workspace
from workspaces.states import OperationState, State, Step

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors"}
FORM = {**PAGE, "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def key(workspace: Workspace, alice: User, cookie_of: Key) -> str:
    return cookie_of(workspace, alice)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    for public_id in Workspace.objects.values_list("public_id", flat=True):
        authorise_forget(public_id)


async def becomes(workspace: Workspace, state: State, **fields: object) -> None:
    await Workspace.objects.filter(pk=workspace.pk).aupdate(state=state, **fields)
    authorise_forget(workspace.public_id)


async def state_of(workspace: Workspace) -> str:
    return (await Workspace.objects.aget(pk=workspace.pk)).state


@pytest.fixture
async def ticket_url(workspace: Workspace, alice: User, actor_of: ActorOf, sign_in: SignIn) -> AsyncIterator[str]:
    session_key = await sync_to_async(sign_in)(alice)
    url = await sync_to_async(ticket_issue)(
        actor_of(alice), workspace, host=workspace_host(workspace), session_key=session_key, next_path="/a?b=c"
    )
    parts = urlsplit(url)
    yield f"{parts.path}?{parts.query}"


async def test_a_ticket_becomes_a_cookie_of_this_host_alone(workspace: Workspace, ticket_url: str) -> None:
    answer = await ask(target_of(workspace), ticket_url)
    assert (answer.status, answer.get("location"), answer.get("cache-control")) == (303, "/a?b=c", "no-store")
    cookie = answer.get("set-cookie")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    state = await ask(target_of(workspace), "/_spaces/state", key=answer.cookie, headers=SCRIPT)
    assert state.status == 200


async def test_over_https_the_cookie_cannot_be_tossed_by_a_sibling(
    workspace: Workspace, ticket_url: str, settings: object
) -> None:
    settings.SECURE = True  # type: ignore[attr-defined]
    cookie = (await ask(target_of(workspace), ticket_url)).get("set-cookie")
    assert cookie.startswith("__Host-spaces=")
    assert "; Secure" in cookie and "Path=/;" in cookie and "Domain" not in cookie


async def test_the_back_button_to_a_used_ticket_leads_on(workspace: Workspace, ticket_url: str) -> None:
    first = await ask(target_of(workspace), ticket_url)
    again = await ask(target_of(workspace), ticket_url, key=first.cookie)
    assert (again.status, again.get("location"), again.get("set-cookie")) == (303, "/a?b=c", "")


async def test_a_bad_ticket_leads_to_a_new_one_but_not_round_and_round(workspace: Workspace) -> None:
    bad = "/_spaces/enter?ticket=bad&next=/x"
    first = await ask(target_of(workspace), bad)
    there = f"http://localhost:8000/workspaces/{workspace.public_id}/open?next=/x"
    assert (first.status, first.get("location")) == (303, there)
    retry = {**PAGE, "cookie": first.get("set-cookie").partition(";")[0]}
    second = await ask(target_of(workspace), bad, headers=retry)
    assert second.status == 400
    assert "your list" in second.text


async def test_an_open_redirect_is_not_to_be_had(workspace: Workspace, ticket_url: str) -> None:
    key = parse_qs(urlsplit(ticket_url).query)["ticket"][0]
    evil = urlencode({"ticket": key, "next": "//evil.example"})
    assert (await ask(target_of(workspace), f"/_spaces/enter?{evil}")).get("location") == "/"


async def test_what_does_not_exist_looks_like_what_is_not_yours(workspace: Workspace) -> None:
    nothing = Target("bbbbbbbbbbbb", None, "bbbbbbbbbbbb")
    for headers in (PAGE, SCRIPT):
        here, there = [await ask(target, "/x", headers=headers) for target in (target_of(workspace), nothing)]
        assert (here.status, here.body) == (there.status, there.body)
        assert here.get("location").replace(workspace.public_id, "bbbbbbbbbbbb") == there.get("location")


async def test_a_host_that_names_no_workspace_says_so_in_plain_words() -> None:
    answer = await ask(NOWHERE, "/", headers={**PAGE, "host": "www.localhost:8000"})
    assert (answer.status, "There is no workspace here" in answer.text) == (404, True)
    assert (await ask(NOWHERE, "/", headers={**SCRIPT, "host": "www.localhost:8000"})).text.startswith("{")
    style = await ask(NOWHERE, "/_spaces/style.css", headers={"host": "www.localhost:8000"})
    assert (style.status, style.get("content-type")) == (200, "text/css; charset=utf-8")


async def test_the_browsers_language_is_spoken(workspace: Workspace, key: str) -> None:
    answer = await ask(target_of(workspace), "/_spaces/none", headers={**PAGE, "accept-language": "de-CH, en;q=0.5"})
    assert '<html lang="de">' in answer.text
    answer = await ask(target_of(workspace), "/_spaces/none", headers={**PAGE, "accept-language": "xx, *"})
    assert '<html lang="en">' in answer.text


async def test_the_gate_asks_for_the_password_and_opens(guarded: Workspace) -> None:
    target = target_of(guarded)
    page = await ask(target, "/a?b=c")
    assert page.status == 401
    assert "/_spaces/gate?next=/a%3Fb%3Dc" in page.text
    assert "<script>" not in page.text and " style=" not in page.text
    assert "default-src 'self'" in page.get("content-security-policy")
    form = urlencode({"password": PASSWORD}).encode()
    entered = await ask(target, "/_spaces/gate?next=/a%3Fb%3Dc", method="POST", body=form, headers=FORM)
    assert (entered.status, entered.get("location")) == (303, "/a?b=c")
    state = await ask(target, "/_spaces/state", key=entered.cookie, headers=SCRIPT)
    assert state.status == 200


async def test_the_gate_refuses_a_wrong_password_another_sites_form_and_a_flood(guarded: Workspace) -> None:
    target, form = target_of(guarded), urlencode({"password": "<wrong>"}).encode()
    wrong = await ask(target, "/_spaces/gate", method="POST", body=form, headers=FORM)
    assert (wrong.status, "not the password" in wrong.text, wrong.cookie) == (403, True, "")
    for origin in ("https://evil.example", "http://bbbbbbbbbbbb.localhost:8000", "null"):
        right = urlencode({"password": PASSWORD}).encode()
        foreign = await ask(target, "/_spaces/gate", method="POST", body=right, headers={**FORM, "origin": origin})
        assert (foreign.status, foreign.cookie) == (403, "")
    long = await ask(target, "/_spaces/gate", method="POST", body=b"password=" + b"x" * 5000, headers=FORM)
    assert long.status == 400
    for _ in range(10):
        answer = await ask(target, "/_spaces/gate", method="POST", body=form, headers=FORM)
    assert answer.status == 429
    assert int(answer.get("retry-after")) > 0


async def test_a_visit_wakes_and_shows_how_far_it_is(workspace: Workspace, key: str) -> None:
    await becomes(workspace, State.STOPPED, address=None)
    answer = await ask(target_of(workspace), "/a?b=c", key=key)
    assert (answer.status, answer.get("retry-after"), await state_of(workspace)) == (503, "1", State.STARTING)
    assert 'data-next="/a?b=c"' in answer.text
    assert "<noscript>" in answer.text
    await Operation.objects.filter(state=OperationState.QUEUED).aupdate(percent=40, step=Step.CONTAINER)
    state = await ask(target_of(workspace), "/_spaces/state", key=key, headers=SCRIPT)
    shown = json.loads(state.text)
    assert (shown["state"], shown["percent"], shown["step"]) == ("starting", 40, Step.CONTAINER.label)
    assert (shown["ready"], shown["waiting"]) == (False, True)


async def test_a_paused_workspace_is_resumed_within_the_visit(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await becomes(workspace, State.PAUSED)

    def wake_and_work(*args: object) -> None:
        progress.wake(*args)  # type: ignore[arg-type]
        Workspace.objects.update(state=State.RUNNING, address="127.0.0.1")

    monkeypatch.setattr(waiting, "wake", wake_and_work)
    answer = await ask(target_of(workspace), "/", key=key)
    assert answer.status in (502, 503)  # nothing listens there, but it was asked
    assert await state_of(workspace) == State.RUNNING


@pytest.mark.parametrize("headers", [SCRIPT, {**PAGE, "sec-purpose": "prefetch"}])
async def test_a_script_or_a_guess_of_the_browser_wakes_nothing(
    workspace: Workspace, key: str, headers: dict[str, str]
) -> None:
    await becomes(workspace, State.STOPPED)
    answer = await ask(target_of(workspace), "/", key=key, headers=headers)
    assert (answer.status, '"WORKSPACE_NOT_RUNNING"' in answer.text) == (503, True)
    assert await state_of(workspace) == State.STOPPED


async def test_waiting_pages_wake_nothing_that_was_stopped_meanwhile(workspace: Workspace, key: str) -> None:
    await becomes(workspace, State.STOPPED)
    for path in ("/_spaces/wait?next=/x", "/_spaces/state"):
        await ask(target_of(workspace), path, key=key)
    answer = await ask(target_of(workspace), "/_spaces/wait?next=/x", key=key)
    assert (answer.status, "is asleep" in answer.text, await state_of(workspace)) == (409, True, State.STOPPED)
    started = await ask(target_of(workspace), "/_spaces/start?next=/x", key=key, method="POST")
    assert (started.status, started.get("location")) == (303, "/_spaces/wait?next=/x")
    assert await state_of(workspace) == State.STARTING


async def test_a_failed_workspace_says_why_and_is_tried_again_only_when_asked(workspace: Workspace, key: str) -> None:
    await becomes(workspace, State.ERROR, error="The disk is full.")
    await Operation.objects.all().adelete()
    answer = await ask(target_of(workspace), "/", key=key)
    assert (answer.status, await state_of(workspace)) == (409, State.ERROR)
    assert "The disk is full." in answer.text
    assert "Try again" in answer.text
    assert "refresh" not in answer.text
    await ask(target_of(workspace), "/_spaces/start", key=key, method="POST")
    assert await state_of(workspace) == State.STARTING


async def test_a_wake_that_is_refused_says_why_and_does_not_loop(
    workspace: Workspace, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Forbidden("Five workspaces run already. Stop one first.", code="RUNNING_LIMIT")

    monkeypatch.setattr(progress, "workspace_start", refuse)
    await becomes(workspace, State.STOPPED)
    answer = await ask(target_of(workspace), "/", key=key)
    assert answer.status == 403
    assert "Stop one first." in answer.text
    assert "wait.js" not in answer.text and "refresh" not in answer.text


async def test_a_visitor_with_the_password_wakes_it_for_the_owner(guarded: Workspace, cookie_of: Key) -> None:
    key = await sync_to_async(cookie_of)(guarded, None)
    await becomes(guarded, State.STOPPED)
    await ask(target_of(guarded), "/", key=key)
    operation = await Operation.objects.order_by("-created_at").afirst()
    assert operation and (operation.verb, operation.actor_id) == ("start", guarded.owner_id)


async def test_signing_out_of_a_workspace_ends_its_session(workspace: Workspace, key: str) -> None:
    target = target_of(workspace)
    assert (await ask(target, "/_spaces/sign-out", key=key)).status == 404  # a link does not sign out
    foreign = await ask(target, "/_spaces/sign-out", key=key, method="POST", headers={**FORM, "origin": "http://x"})
    assert (foreign.status, await GatewaySession.objects.acount()) == (403, 1)
    answer = await ask(target, "/_spaces/sign-out", key=key, method="POST")
    assert (answer.status, answer.get("location")) == (303, "http://localhost:8000/")
    assert "Max-Age=0" in answer.get("set-cookie")
    assert await GatewaySession.objects.acount() == 0


async def test_progress_is_for_those_who_may_enter(workspace: Workspace, charlie: User, cookie_of: Key) -> None:
    key = await sync_to_async(cookie_of)(workspace, charlie)
    for path in ("/_spaces/state", "/_spaces/wait"):
        assert (await ask(target_of(workspace), path, headers=SCRIPT)).status == 401
        assert (await ask(target_of(workspace), path, key=key, headers=SCRIPT)).status == 404


async def test_a_visit_notes_that_it_was_opened(workspace: Workspace, key: str) -> None:
    await Workspace.objects.aupdate(last_opened_at=None, address="127.0.0.1")
    authorise_forget(workspace.public_id)
    await ask(target_of(workspace), "/", key=key, headers={**PAGE, "sec-fetch-user": "?1"})
    for _ in range(100):
        if (await Workspace.objects.aget()).last_opened_at:
            return
        await asyncio.sleep(0.02)  # it is noted beside the answer, in a thread
    raise AssertionError("not noted")


async def test_a_kind_without_a_page_leads_to_its_page_on_the_platform(workspace: Workspace, key: str) -> None:
    await Kind.objects.aupdate(port=0)
    authorise_forget(workspace.public_id)
    answer = await ask(target_of(workspace), "/", key=key)
    assert answer.get("location") == f"http://localhost:8000/workspaces/{workspace.public_id}"


@pytest.mark.parametrize("name", ["enter", "wait"])
async def test_a_query_of_too_many_fields_is_refused_and_breaks_nothing(
    workspace: Workspace, key: str, name: str
) -> None:
    answer = await ask(target_of(workspace), f"/_spaces/{name}?{'a=1&' * 50}", key=key)
    assert answer.status == 400


async def test_a_form_of_too_many_fields_is_refused_and_breaks_nothing(guarded: Workspace) -> None:
    answer = await ask(target_of(guarded), "/_spaces/gate", method="POST", body=b"a=1&" * 50, headers=FORM)
    assert answer.status == 400


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "///evil.example"])
async def test_the_page_that_waits_leads_to_no_other_host(workspace: Workspace, key: str, path: str) -> None:
    await becomes(workspace, State.STARTING, address=None)
    page = (await ask(target_of(workspace), path, key=key)).text
    assert 'data-next="/"' in page
    assert "evil.example" not in page
