"""The websocket of a terminal: who may open it, what is said over it, and when it ends."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, AuditEvent, User
from accounts.services import token_issue, user_lock
from spaces_site.asgi import application
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.terminal.conftest import LocalStream
from tests.unit.workspaces.terminal.looking import PROMPT
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once
from workspaces.engine.fake import FakeEngine
from workspaces.models import Share, Workspace
from workspaces.services import share_add, share_role_set, workspace_pause, workspace_stop
from workspaces.terminal import codes, consumer, staying

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = (b"origin", b"http://localhost:8000")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "ASKS_EVERY", 0.1)
    staying.watch.noted.clear()


@pytest.fixture
def space(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice, name="lessons")


class Terminal(WebsocketCommunicator):
    """A client of the websocket. `seen` is all that was printed, `told` all else that was said."""

    def __init__(self, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(application, path, headers=[(b"host", b"localhost:8000"), *headers])
        self.seen = b""
        self.told: list[dict[str, Any]] = []
        self.code: int | None = None
        self.reason = ""

    async def one(self, seconds: float = 10) -> None:
        try:
            message = await self.receive_output(seconds)
        except TimeoutError:
            raise AssertionError(f"nothing more after {self.seen[-500:]!r} {self.told}") from None
        if message["type"] == "websocket.close":
            self.code, self.reason = message["code"], message.get("reason") or ""
        elif message.get("bytes") is not None:
            self.seen += message["bytes"]
        else:
            self.told.append(json.loads(message["text"]))

    async def sees(self, text: str) -> None:
        while text.encode() not in self.seen:
            assert self.code is None, (self.code, self.reason, self.seen[-300:])
            await self.one()

    async def hears(self, kind: str, **facts: Any) -> dict[str, Any]:
        while True:
            for said in self.told:
                if said["type"] == kind and facts.items() <= said.items():
                    return said
            assert self.code is None, (self.code, self.reason)
            await self.one()

    async def ends(self) -> int:
        while self.code is None:
            await self.one()
        return self.code

    async def say(self, kind: str, **facts: Any) -> None:
        await self.send_to(text_data=json.dumps({"type": kind, **facts}))

    async def type(self, text: str) -> None:
        await self.say("input", data=text)


async def cookies_of(user: User) -> tuple[bytes, bytes]:
    client = Client()
    await sync_to_async(client.force_login)(user)
    return (b"cookie", f"{site.SESSION_COOKIE_NAME}={client.cookies[site.SESSION_COOKIE_NAME].value}".encode())


async def token_of(user: User, actor_of: ActorOf) -> tuple[ApiToken, str]:
    return await sync_to_async(token_issue)(actor_of(user), user, name="program")


async def open_as(user: User, space: Workspace, query: str = "", by_id: bool = False) -> Terminal:
    """A page of somebody's, with its terminal open."""
    path = f"/ws/workspaces/{space.public_id}/terminal" if by_id else f"/api/spaces/{space.name}/terminal"
    terminal = Terminal(f"{path}?{query}", [ORIGIN, await cookies_of(user)])
    assert (await terminal.connect(10))[0]
    return terminal


async def events(action: str) -> list[AuditEvent]:
    return [event async for event in AuditEvent.objects.filter(action=action).order_by("pk")]


# -- who


@pytest.mark.parametrize("by_id", [False, True])
async def test_the_owner_gets_a_login_shell(
    alice: User, space: Workspace, streams: list[LocalStream], by_id: bool
) -> None:
    terminal = await open_as(alice, space, by_id=by_id)
    await terminal.sees(PROMPT)
    await terminal.type("stty size\n")
    await terminal.sees("24 80\r\n")
    await terminal.disconnect()
    [opened], [closed] = await events("terminal.open"), await events("terminal.close")
    assert (opened.meta["name"], closed.meta["name"]) == ("1", "1")


async def test_somebody_it_is_shared_with_sees_the_same_shell(
    alice: User, bob: User, space: Workspace, streams: list[LocalStream]
) -> None:
    await Share.objects.acreate(workspace=space, user=bob)
    first, second = await open_as(alice, space), await open_as(bob, space)
    await first.sees(PROMPT)
    await second.type("echo from-''bob\n")
    await first.sees("from-bob")
    await first.disconnect()
    await second.disconnect()


async def test_to_a_stranger_it_does_not_exist(charlie: User, space: Workspace) -> None:
    assert await (await open_as(charlie, space)).ends() == 4404
    assert await (await open_as(charlie, space, by_id=True)).ends() == 4404


async def test_what_is_not_there_does_not_exist(alice: User, space: Workspace) -> None:
    space.name = "elsewhere"
    assert await (await open_as(alice, space)).ends() == 4404


async def test_a_visitor_is_told_to_sign_in(space: Workspace) -> None:
    terminal = Terminal("/api/spaces/lessons/terminal", [ORIGIN])
    await terminal.connect(10)
    assert await terminal.ends() == 4401


@pytest.mark.parametrize("form", ["Bearer {}", "Token {}", "{}", "?key", "cookie"])
async def test_a_program_brings_a_token_in_any_form(
    alice: User, space: Workspace, streams: list[LocalStream], actor_of: ActorOf, form: str
) -> None:
    _token, raw = await token_of(alice, actor_of)
    path, headers = "/api/spaces/lessons/terminal", []
    if form == "?key":
        path += f"?key={raw}"
    elif form == "cookie":
        headers = [(b"cookie", f"auth_token={raw}".encode())]
    else:
        headers = [(b"authorization", form.format(raw).encode())]
    terminal = Terminal(path, headers)
    assert (await terminal.connect(10))[0]
    await terminal.sees(PROMPT)
    await terminal.disconnect()


async def test_a_token_that_does_not_hold_is_not_made_up_for_by_a_session(alice: User, space: Workspace) -> None:
    headers = [ORIGIN, await cookies_of(alice), (b"authorization", b"Bearer sp_wrong")]
    terminal = Terminal("/api/spaces/lessons/terminal", headers)
    await terminal.connect(10)
    assert await terminal.ends() == 4401


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:9000", "https://localhost:8000", "http://a1.localhost:8000", "null"],
)
async def test_a_page_of_another_origin_is_refused_whatever_it_brings(
    alice: User, space: Workspace, actor_of: ActorOf, origin: str
) -> None:
    _token, raw = await token_of(alice, actor_of)
    for credential in (await cookies_of(alice), (b"authorization", f"Bearer {raw}".encode())):
        terminal = Terminal("/api/spaces/lessons/terminal", [(b"origin", origin.encode()), credential])
        assert await terminal.connect(10) == (False, 4403)


async def test_on_a_machine_of_one_person_everybody_is_the_owner(
    root: User, make_workspace: MakeWorkspace, streams: list[LocalStream], settings: Any
) -> None:
    settings.AUTH_DISABLED = True
    await sync_to_async(make_workspace)(root, name="mine")
    terminal = Terminal("/api/spaces/mine/terminal", [ORIGIN])
    await terminal.connect(10)
    await terminal.sees(PROMPT)
    await terminal.disconnect()


async def test_a_viewer_is_refused_and_an_editor_gets_in_until_they_become_one(
    alice: User, bob: User, space: Workspace, streams: list[LocalStream], actor_of: ActorOf
) -> None:
    await sync_to_async(share_add)(actor_of(alice), space, "bob", "viewer")
    for by_id in (False, True):
        terminal = await open_as(bob, space, by_id=by_id)
        assert await terminal.ends() == 4403
    await sync_to_async(share_role_set)(actor_of(alice), space, bob.pk, "editor")
    terminal = await open_as(bob, space, by_id=True)
    await terminal.sees(PROMPT)
    await sync_to_async(share_role_set)(actor_of(alice), space, bob.pk, "viewer")
    assert await terminal.ends() in (4403, 4404)


# -- for how long


async def sign_out(alice: User, space: Workspace, actor_of: ActorOf) -> None:
    await Session.objects.all().adelete()


async def lock(alice: User, space: Workspace, actor_of: ActorOf) -> None:
    root = await User.objects.acreate(email="root@example.org", username="root", is_staff=True, is_superuser=True)
    await sync_to_async(user_lock)(actor_of(root), alice)


async def stop(alice: User, space: Workspace, actor_of: ActorOf) -> None:
    await sync_to_async(workspace_stop)(actor_of(alice), space)


async def pause(alice: User, space: Workspace, actor_of: ActorOf) -> None:
    await sync_to_async(workspace_pause)(actor_of(alice), space)


async def delete(alice: User, space: Workspace, actor_of: ActorOf) -> None:
    await Workspace.objects.filter(pk=space.pk).adelete()


@pytest.mark.parametrize(
    ("withdraw", "code"), [(sign_out, 4401), (lock, 4401), (stop, 4409), (pause, 4409), (delete, 4404)]
)
async def test_it_ends_when_leave_is_withdrawn(
    alice: User,
    space: Workspace,
    streams: list[LocalStream],
    actor_of: ActorOf,
    withdraw: Callable[..., Any],
    code: int,
) -> None:
    terminal = await open_as(alice, space)
    await terminal.sees(PROMPT)
    assert await terminal.receive_nothing(0.5), "who may stay does"
    await withdraw(alice, space, actor_of)
    assert await terminal.ends() == code
    assert staying.watch.count(space.pk) == 0


async def test_it_ends_when_the_token_is_revoked(
    alice: User, space: Workspace, streams: list[LocalStream], actor_of: ActorOf
) -> None:
    token, raw = await token_of(alice, actor_of)
    terminal = Terminal(f"/api/spaces/lessons/terminal?key={raw}", [])
    await terminal.connect(10)
    await terminal.sees(PROMPT)
    assert await terminal.receive_nothing(0.5)
    await ApiToken.objects.filter(pk=token.pk).aupdate(revoked_at=timezone.now())
    assert await terminal.ends() == 4401


async def test_it_ends_when_it_is_shared_no_more(bob: User, space: Workspace, streams: list[LocalStream]) -> None:
    share = await Share.objects.acreate(workspace=space, user=bob)
    terminal = await open_as(bob, space)
    await terminal.sees(PROMPT)
    await share.adelete()
    assert await terminal.ends() == 4404


async def test_a_page_that_says_nothing_for_long_is_gone(
    alice: User, space: Workspace, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "QUIET_SECONDS", 0.3)
    assert await (await open_as(alice, space, "flow=ack")).ends() == codes.COME_AGAIN


async def test_the_end_of_the_shell_is_the_end(alice: User, space: Workspace, streams: list[LocalStream]) -> None:
    terminal = await open_as(alice, space)
    await terminal.type("exit 3\n")
    assert await terminal.ends() == 1000


async def test_a_line_that_is_cut_may_be_taken_up_again(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    terminal = await open_as(alice, space)
    await terminal.sees(PROMPT)
    streams[0].process.kill()
    streams[0].close()
    assert await terminal.ends() == codes.COME_AGAIN
    again = await open_as(alice, space)
    await again.sees(PROMPT)
    await again.disconnect()


# -- what is said


async def test_text_that_is_no_message_and_all_bytes_are_keys(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    terminal = await open_as(alice, space)
    await terminal.sees(PROMPT)
    await terminal.send_to(text_data="echo te")
    await terminal.send_to(bytes_data="xt ünï\n".encode())
    await terminal.sees("\r\ntext ünï\r\n")
    await terminal.send_to(text_data='{"type": "ack", "bytes": 1}\n')  # a client that never asked for it
    await terminal.sees('{"type": "ack", "bytes": 1}')
    await terminal.disconnect()


async def test_a_ping_is_answered_in_text_and_output_is_binary(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    terminal = await open_as(alice, space)
    await terminal.say("ping")
    await terminal.hears("pong")
    await terminal.sees(PROMPT)
    assert terminal.told == [{"type": "pong"}], "an old client hears nothing that it does not know"
    await terminal.disconnect()


async def test_a_resize_reaches_the_programs(alice: User, space: Workspace, streams: list[LocalStream]) -> None:
    terminal = await open_as(alice, space, "cols=100&rows=30")
    await terminal.sees(PROMPT)
    await terminal.type("stty size\n")
    await terminal.sees("30 100\r\n")
    await terminal.say("resize", cols=132, rows=43)
    await terminal.type("stty size\n")
    await terminal.sees("43 132\r\n")
    for nonsense in ({"cols": "x", "rows": None}, {"cols": 10**9, "rows": -5}):
        await terminal.say("resize", **nonsense)
    await terminal.type("stty size\n")
    await terminal.sees("1 500\r\n")
    await terminal.disconnect()


async def test_who_comes_back_finds_the_screen(alice: User, space: Workspace, streams: list[LocalStream]) -> None:
    terminal = await open_as(alice, space)
    await terminal.type("echo kept-''here\n")
    await terminal.sees("kept-here")
    await terminal.disconnect()
    again = await open_as(alice, space, "flow=ack")
    attached = await again.hears("attached")
    assert (attached["new"], attached["lasting"]) == (False, True)
    await again.sees("kept-here")
    assert len(again.seen) >= attached["replay"] > 0
    await again.disconnect()


async def test_terminals_are_named_renamed_and_closed(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    one = await open_as(alice, space, "flow=ack&name=one")
    await one.hears("terminals", names=["one"])
    two = await open_as(alice, space, "flow=ack&name=two")
    await one.hears("terminals", names=["one", "two"])
    await one.say("rename", name="one", to="Ünï test")
    assert (await two.hears("terminals", names=["Ünï test", "two"]))["renamed"] == {"from": "one", "to": "Ünï test"}
    await two.say("close", name="Ünï test")
    assert (await one.hears("ended"))["type"] == "ended"
    assert await one.ends() == 1000
    await two.hears("terminals", names=["two"])
    await two.disconnect()


async def test_output_waits_until_the_page_has_shown_it(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    page = await open_as(alice, space, "flow=ack")
    await page.sees(PROMPT)
    await page.type("seq 1 200000; echo all-''of-it\n")
    while not await page.receive_nothing(1):
        await page.one()
    assert 200_000 < len(page.seen) < 700_000, "a window, and no more"
    shown = 0
    while b"all-of-it" not in page.seen:
        await page.say("ack", bytes=len(page.seen) - shown)
        shown = len(page.seen)
        await page.one()
    assert b"\r\n199999\r\n200000\r\n" in page.seen
    await page.disconnect()


async def test_a_large_paste_that_is_echoed_blocks_nothing(
    alice: User, space: Workspace, streams: list[LocalStream]
) -> None:
    terminal = await open_as(alice, space)
    await terminal.type("stty -echo; cat\n")
    await terminal.sees("cat\r\n")
    lines = "".join(f"pasted line {number}\n" for number in range(20_000))
    await terminal.type(lines)
    await terminal.sees("pasted line 19999\r\n")
    await terminal.disconnect()


async def test_a_message_that_is_too_large_ends_it(alice: User, space: Workspace, streams: list[LocalStream]) -> None:
    terminal = await open_as(alice, space)
    await terminal.type("x" * (consumer.LARGEST_MESSAGE + 1))
    assert await terminal.ends() == 1009


# -- the workspace


async def test_a_stopped_workspace_is_not_started(
    alice: User, space: Workspace, actor_of: ActorOf, work: Work, streams: list[LocalStream]
) -> None:
    await sync_to_async(workspace_stop)(actor_of(alice), space)
    await sync_to_async(work)()
    assert await (await open_as(alice, space)).ends() == 4409
    await space.arefresh_from_db()
    assert space.state == "stopped"


async def test_a_paused_workspace_is_woken(
    alice: User, space: Workspace, actor_of: ActorOf, work: Work, streams: list[LocalStream]
) -> None:
    await sync_to_async(workspace_pause)(actor_of(alice), space)
    await sync_to_async(work)()
    terminal = await open_as(alice, space)

    async def work_on() -> None:
        while not await sync_to_async(work_once)():
            await asyncio.sleep(0.05)

    await asyncio.wait_for(work_on(), 10)
    await terminal.sees(PROMPT)
    await terminal.disconnect()


async def test_an_engine_that_is_away_is_asked_again_later(
    alice: User, space: Workspace, engine: FakeEngine, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workspaces.engine.base import EngineUnavailable

    def away(*arguments: object, **options: object) -> None:
        raise EngineUnavailable("away")

    monkeypatch.setattr(engine, "exec_stream", away)
    assert await (await open_as(alice, space)).ends() == codes.COME_AGAIN


async def test_a_container_that_does_not_run_is_said_to_be_so(
    alice: User, space: Workspace, engine: FakeEngine, streams: list[LocalStream]
) -> None:
    engine.crash(space.engine_name)
    assert await (await open_as(alice, space)).ends() == 4409


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def forget_use(space: Workspace) -> None:
    """The row first: what the watch notes in between would be written over, and not noted again for a minute."""
    await Workspace.objects.filter(pk=space.pk).aupdate(last_activity_at=LONG_AGO)
    staying.watch.noted.clear()


async def is_used(space: Workspace) -> bool:
    await asyncio.sleep(0.4)  # a few rounds of the watch
    await space.arefresh_from_db()
    return space.last_activity_at > LONG_AGO


async def becomes_used(space: Workspace) -> bool:
    for _ in range(20):
        if await is_used(space):
            return True
    return False


async def test_typing_is_use_and_output_alone_is_not(alice: User, space: Workspace, streams: list[LocalStream]) -> None:
    terminal = await open_as(alice, space)
    await terminal.sees(PROMPT)
    await forget_use(space)
    assert not await is_used(space), "a terminal that is only open"
    await terminal.type("(sleep 0.2; echo late-''output) & sleep 0.01\n")
    assert await becomes_used(space), "typing"
    await terminal.sees("late-output")
    await forget_use(space)
    assert not await is_used(space), "output from the background"
    await terminal.disconnect()


async def test_waiting_for_a_program_in_an_open_terminal_is_use(
    alice: User, space: Workspace, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = await open_as(alice, space)
    await terminal.type("sleep 1000\n")
    await terminal.sees("sleep 1000")
    await asyncio.sleep(2.5)  # the keeper looks every other second
    await forget_use(space)
    assert await becomes_used(space)
    await terminal.disconnect()


async def test_who_leaves_while_the_line_is_opened_leaves_nothing_behind(
    alice: User, space: Workspace, engine: FakeEngine, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    open_really = engine.exec_stream

    def slowly(*arguments: Any, **options: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return open_really(*arguments, **options)

    monkeypatch.setattr(engine, "exec_stream", slowly)
    terminal = await open_as(alice, space)
    await asyncio.to_thread(begun.wait, 10)
    await terminal.disconnect()
    go_on.set()
    while not (streams and streams[0].closed):
        await asyncio.sleep(0.01)  # a thread closes it, which tells nobody
    assert staying.watch.count(space.pk) == 0
    assert await events("terminal.open") == []


# -- many


async def test_only_so_many_may_look_at_one_workspace_and_those_who_do_are_not_harmed(
    alice: User, space: Workspace, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "MOST_OF_WORKSPACE", 2)
    first, second = await open_as(alice, space), await open_as(alice, space)
    await first.sees(PROMPT)
    refused = [await open_as(alice, space) for _ in range(20)]
    assert [await one.ends() for one in refused] == [4429] * 20
    await second.type("echo still-''well\n")
    await first.sees("still-well")
    await first.disconnect()
    third = await open_as(alice, space)
    await third.sees("still-well")
    await second.disconnect()
    await third.disconnect()


async def test_an_image_without_python_has_a_simple_terminal_and_says_so(
    alice: User, space: Workspace, engine: FakeEngine, streams: list[LocalStream], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_python = engine.exec_stream

    def without_python(name: str, argv: Any, **options: Any) -> Any:
        missing = ["/bin/sh", "-c", "echo 'OCI runtime exec failed: executable file not found'; exit 127"]
        return with_python(name, missing if argv[0] == "python3" else argv, **options)

    monkeypatch.setattr(engine, "exec_stream", without_python)
    terminal = await open_as(alice, space, "flow=ack")
    assert (await terminal.hears("attached"))["lasting"] is False
    await terminal.sees("ends with this page")
    await terminal.type("echo wrung\x7f\x7f\x7f\x7fong\r")
    await terminal.sees("wong\r\n")
    await terminal.type("\x04")
    assert await terminal.ends() == 1000
