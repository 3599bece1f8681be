"""What a participant sees and does beside the editor, through the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from tests.unit.workshop.seated import guest_of, seat_taken, space_of
from tests.unit.workspaces.gateway.conftest import Answer, Key, ask, cookie_of, sign_in, target_of
from tests.workshop_fixtures import MakeWorkshop
from workshop.models import Backup, Claim, Message, Workshop
from workshop.panel import SeatPanel
from workspaces.gateway import news
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.grant import Grant
from workspaces.gateway.news import news_send
from workspaces.gateway.sessions import session_open
from workspaces.live import user_group
from workspaces.models import Operation, Share, Workspace
from workspaces.services import workspace_password_set

__all__ = ["cookie_of", "sign_in"]
pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
ENGLISH = {**SCRIPT, "accept-language": "en"}


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, closes_at=timezone.now() + timedelta(minutes=10))


@pytest.fixture
def ada(workshop: Workshop) -> Iterator[Claim]:
    claim = seat_taken(workshop, 1, "Ada")
    yield claim
    for public_id in Workspace.objects.values_list("public_id", flat=True):
        authorise_forget(public_id)


@pytest.fixture
def key(ada: Claim, cookie_of: Key) -> str:
    return cookie_of(space_of(ada), guest_of(ada))


async def panel(claim: Claim, key: str, *, words: bool = False, headers: dict[str, str] = ENGLISH) -> Answer:
    return await ask(target_of(space_of(claim)), "/_spaces/seat" + "?words" * words, key=key, headers=headers)


async def tell(claim: Claim, key: str, what: str, headers: dict[str, str] | None = None, **form: str) -> Answer:
    body = urlencode(form).encode()
    sent: dict[str, Any] = {"method": "POST", "key": key, "body": body, "headers": headers or ENGLISH}
    return await ask(target_of(space_of(claim)), f"/_spaces/seat/{what}", **sent)


async def now_of(claim: Claim) -> Claim:
    return await Claim.objects.aget(pk=claim.pk)


async def test_a_participant_has_a_panel_with_all_its_words_when_it_asks_for_them(ada: Claim, key: str) -> None:
    answer = await panel(ada, key, words=True)
    said = json.loads(answer.text)
    assert (answer.status, said["who"], said["language"]) == (200, "participant", "en")
    assert said["title"] == ada.workshop.title
    assert 590 <= said["left"] <= 600 and not said["up"] and said["messages"] == []
    assert said["page"].endswith("/workshop/mine/")
    assert said["work"].endswith(f"/workspaces/{ada.workspace_public_id}/files/archive?format=zip")
    assert said["words"]["raise"] == "Raise my hand"
    assert "words" not in json.loads((await panel(ada, key)).text)


async def test_it_asks_the_database_little(ada: Claim, key: str) -> None:
    grant = await sync_to_async(_grant)(ada, guest_of(ada))

    def questions() -> int:
        from django.db import connection

        with CaptureQueriesContext(connection) as asked:
            SeatPanel().shown(grant, False)
        return len(asked)

    assert await sync_to_async(questions)() <= 5
    await sync_to_async(Claim.objects.all().delete)()
    assert await sync_to_async(questions)() == 1  # nobody's seat


async def test_it_says_who_else_looked_in_last(ada: Claim, key: str, lena: User) -> None:
    """Not that she came in herself, nor what was before the seat was hers."""

    def came(user: User | None, action: str, minutes: int) -> None:
        at = timezone.now() + timedelta(minutes=minutes)
        of = {"workspace": ada.workspace_public_id, "actor": user, "actor_name": user.email if user else ""}
        AuditEvent.objects.create(action=action, at=at, **of)

    await sync_to_async(came)(lena, "gateway.entered", -60 * 24)
    await sync_to_async(came)(guest_of(ada), "gateway.entered", 3)
    await sync_to_async(came)(lena, "workspace.start", 2)
    assert json.loads((await panel(ada, key)).text)["looked"] is None
    await sync_to_async(came)(lena, "terminal.open", 1)
    looked = json.loads((await panel(ada, key)).text)["looked"]
    assert looked["name"] == "lena" and datetime.fromisoformat(looked["at"]) > timezone.now()


def _grant(claim: Claim, user: User | None) -> Grant:
    workspace = space_of(claim)
    return Grant(
        workspace_id=workspace.pk, public_id=workspace.public_id, name="", state=workspace.state, error="",
        started_at=None, address=None, port=8080, is_editor=True, kind_title="", reports_use=True,
        user_id=user.pk if user else None,
    )  # fmt: skip


async def test_it_speaks_the_workshops_language_else_the_browsers(ada: Claim, key: str) -> None:
    german = {**SCRIPT, "accept-language": "de"}
    assert json.loads((await panel(ada, key, headers=german)).text)["language"] == "de"
    await Workshop.objects.aupdate(language="en")
    assert json.loads((await panel(ada, key, headers=german)).text)["language"] == "en"


async def test_a_hand_goes_up_and_down_and_twice_is_no_error(ada: Claim, key: str, workshop: Workshop) -> None:
    before = timezone.now() - timedelta(minutes=1)
    await sync_to_async(seat_taken)(workshop, 2, "Bo", hand_raised_at=before)
    for _twice in range(2):
        said = json.loads((await tell(ada, key, "hand", up="1", note="Why? ä")).text)
        assert (said["up"], said["note"], said["says"]) == (True, "Why? ä", "Your hand is up. 1 person is before you.")
    assert (await now_of(ada)).hand_note == "Why? ä"
    await Claim.objects.filter(name="Bo").aupdate(hand_raised_at=None)
    assert json.loads((await panel(ada, key)).text)["says"] == "Your hand is up, and you are next."
    for _twice in range(2):
        assert json.loads((await tell(ada, key, "hand", up="0")).text)["up"] is False


async def test_the_longest_question_fits_and_a_longer_one_is_refused_in_words(ada: Claim, key: str) -> None:
    assert (await tell(ada, key, "hand", up="1", note="ä" * 300)).status == 200
    answer = await tell(ada, key, "hand", up="1", note="ä" * 301)
    assert (answer.status, json.loads(answer.text)["error"]) == (400, "At most 300 characters.")
    assert (await tell(ada, key, "hand", up="1", note="x" * 5000)).status == 400


async def test_a_hammered_hand_is_stopped(ada: Claim, key: str) -> None:
    for _try in range(10):
        assert (await tell(ada, key, "hand", up="0")).status == 200
    answer = await tell(ada, key, "hand", up="1")
    assert answer.status == 429 and 0 < int(answer.get("retry-after")) <= 60


async def test_messages_come_newest_first_and_can_be_told_apart(ada: Claim, key: str) -> None:
    await Message.objects.acreate(claim=ada, text="for you", created_at=timezone.now() - timedelta(minutes=2))
    await Workshop.objects.aupdate(message="for <all>", message_at=timezone.now())
    said = json.loads((await panel(ada, key)).text)["messages"]
    assert [one["text"] for one in said] == ["for <all>", "for you"]
    assert len({one["id"] for one in said}) == 2
    assert json.loads((await panel(ada, key)).text)["messages"] == said


async def test_reset_wants_to_hear_that_they_are_sure_and_then_shows_how_far_it_is(ada: Claim, key: str) -> None:
    assert (await tell(ada, key, "reset")).status == 400
    assert await Operation.objects.filter(verb="reset").acount() == 0
    for _twice in range(2):
        answer = await tell(ada, key, "reset", sure="1")
        assert answer.status == 200 and set(json.loads(answer.text)["remade"]) == {"percent", "step"}
        assert json.loads(answer.text)["again"] == 2
    backup = await Backup.objects.aget()
    assert backup.claim_id == ada.pk


async def test_who_leads_is_told_whose_seat_it_is_and_has_no_participants_panel(
    ada: Claim, lena: User, cookie_of: Key
) -> None:
    key = await sync_to_async(cookie_of)(space_of(ada), lena)
    said = json.loads((await panel(ada, key, words=True)).text)
    assert (said["who"], said["says"]) == ("leader", "Ada works here. You are looking in.")
    assert "messages" not in said and "work" not in said
    await Claim.objects.aupdate(hand_raised_at=timezone.now(), hand_note="Help")
    said = json.loads((await panel(ada, key)).text)
    assert (said["says"], said["note"]) == ("Ada has raised a hand.", "Help")
    assert (await tell(ada, key, "reset", sure="1")).status == 404
    assert await sync_to_async(SeatPanel().groups)(_grant(ada, lena)) == {}


async def test_somebody_who_came_in_by_the_link_has_the_panel(ada: Claim, charlie: User, cookie_of: Key) -> None:
    await Share.objects.acreate(workspace=space_of(ada), user=charlie, role=Share.Role.EDITOR)
    key = await sync_to_async(cookie_of)(space_of(ada), charlie)
    assert json.loads((await tell(ada, key, "hand", up="1")).text)["up"] is True
    groups = await sync_to_async(SeatPanel().groups)(_grant(ada, charlie))
    assert groups == {user_group(guest_of(ada).pk): "seat-mine"}


@pytest.mark.parametrize("who", ["stranger", "neighbour", "viewer", "nobody"])
async def test_nobody_else_sees_or_changes_anything(
    who: str, ada: Claim, workshop: Workshop, charlie: User, cookie_of: Key
) -> None:
    def key_of() -> str:
        if who == "nobody":
            return ""
        if who == "viewer":
            Share.objects.create(workspace=space_of(ada), user=charlie, role=Share.Role.VIEWER)
        return cookie_of(space_of(ada), guest_of(seat_taken(workshop, 2, "Bo")) if who == "neighbour" else charlie)

    key = await sync_to_async(key_of)()
    expected = 401 if who == "nobody" else 404
    assert (await panel(ada, key)).status == expected
    assert (await tell(ada, key, "hand", up="1")).status == expected
    assert (await ask(target_of(space_of(ada)), "/_spaces/seat/news", key=key, headers=ENGLISH)).status == expected
    assert (await now_of(ada)).hand_raised_at is None


async def test_a_workspace_that_is_nobodys_seat_has_no_panel(ada: Claim, lena: User, cookie_of: Key) -> None:
    source = await Workspace.objects.aget(name__endswith="source")
    key = await sync_to_async(cookie_of)(source, lena)
    answer = await ask(target_of(source), "/_spaces/seat?words", key=key, headers=ENGLISH)
    assert (answer.status, answer.body) == (204, b"")
    told = await ask(target_of(source), "/_spaces/seat/hand", method="POST", key=key, body=b"up=1", headers=ENGLISH)
    assert told.status == 404
    assert (await ask(target_of(source), "/_spaces/seat/news", key=key, headers=ENGLISH)).status == 204


async def test_a_port_of_the_seat_has_no_panel(ada: Claim, cookie_of: Key) -> None:
    key = await sync_to_async(cookie_of)(space_of(ada), guest_of(ada), 5000)
    target = target_of(space_of(ada), 5000)
    assert (await ask(target, "/_spaces/seat", key=key, headers=ENGLISH)).status == 204
    sent = {"method": "POST", "body": b"up=1", "key": key, "headers": ENGLISH}
    assert (await ask(target, "/_spaces/seat/hand", **sent)).status == 204  # type: ignore[arg-type]
    assert (await now_of(ada)).hand_raised_at is None


async def test_another_site_cannot_raise_a_hand_and_a_link_cannot(ada: Claim, key: str) -> None:
    for headers in ({"origin": "http://evil.example"}, {"origin": "null", "sec-fetch-site": "cross-site"}):
        answer = await tell(ada, key, "hand", {**ENGLISH, **headers}, up="1")
        assert (answer.status, json.loads(answer.text)["code"]) == (403, "ORIGIN_REFUSED")
    for path in ("hand", "hand?up=1", "reset", "reset?sure=1"):
        answer = await ask(target_of(space_of(ada)), f"/_spaces/seat/{path}", key=key, headers=ENGLISH)
        assert answer.status == 404
    assert (await now_of(ada)).hand_raised_at is None


async def test_unknown_words_are_not_found(ada: Claim, key: str) -> None:
    for what in ("dance", "hand/up", "../here"):
        assert (await tell(ada, key, what, up="1")).status == 404


async def test_after_the_release_there_is_nothing_more(ada: Claim, key: str) -> None:
    assert (await panel(ada, key)).status == 200
    gone = {"state": "released", "released_at": timezone.now(), "seat": None}
    await Claim.objects.filter(pk=ada.pk).aupdate(**gone)
    assert (await panel(ada, key)).status == 204
    assert (await tell(ada, key, "hand", up="1")).status == 404
    await Share.objects.all().adelete()
    authorise_forget(space_of(ada).public_id)
    assert (await panel(ada, key)).status == 404


async def test_a_seat_that_sleeps_has_its_panel_and_is_not_woken(ada: Claim, key: str) -> None:
    assert space_of(ada).state == "paused"
    assert (await panel(ada, key)).status == 200
    assert (await Workspace.objects.aget(pk=space_of(ada).pk)).state == "paused"


async def test_who_came_by_the_password_has_no_panel(ada: Claim, lena: User) -> None:
    def key_of() -> str:
        workspace_password_set(Actor(lena, "browser"), space_of(ada), "correct horse")
        workspace = Workspace.objects.get(pk=space_of(ada).pk)
        return session_open(workspace, target_of(workspace).host_label)

    key = await sync_to_async(key_of)()
    assert (await ask(target_of(space_of(ada)), "/_spaces/here", key=key, headers=ENGLISH)).status == 200
    assert (await panel(ada, key)).status == 204
    assert (await tell(ada, key, "hand", up="1")).status == 204
    assert (await now_of(ada)).hand_raised_at is None


# -- news
class Stream:
    """A browser that listens."""

    def __init__(self, grant: Grant, groups: dict[str, str]) -> None:
        self.sent: list[dict[str, Any]] = []
        self.leaves = asyncio.Event()
        self.task = asyncio.create_task(news_send(grant, groups, self._receive, self._send))
        self._first = True

    async def _receive(self) -> dict[str, Any]:
        if self._first:
            self._first = False
            return {"type": "http.request", "body": b""}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def text(self) -> str:
        return "".join(message.get("body", b"").decode() for message in self.sent)

    async def until(self, text: str) -> None:
        async with asyncio.timeout(5):
            while text not in self.text:
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        self.leaves.set()
        async with asyncio.timeout(5):
            await self.task


async def test_news_are_heard_at_once_and_nothing_else_is(ada: Claim) -> None:
    guest = guest_of(ada)
    grant = _grant(ada, guest)
    stream = Stream(grant, await sync_to_async(SeatPanel().groups)(grant))
    await stream.until("retry:")
    assert dict(stream.sent[0]["headers"])[b"content-type"] == b"text/event-stream"
    layer: Any = get_channel_layer()
    await layer.group_send(user_group(guest.pk), {"type": "changed", "what": {"type": "workspace", "id": "x"}})
    await layer.group_send(user_group(guest.pk), {"type": "changed", "what": {"type": "seat-mine", "id": ""}})
    await stream.until("data: new")
    assert stream.text.count("data:") == 1
    await stream.leave()
    assert not news._open


async def test_a_stream_ends_by_itself_and_the_browser_comes_again(ada: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "LASTS_SECONDS", 0.05)
    monkeypatch.setattr(news, "BEATS_EVERY", 0.02)
    stream = Stream(_grant(ada, guest_of(ada)), {"user.1": "seat-mine"})
    async with asyncio.timeout(5):
        await stream.task
    assert stream.text.startswith("retry: ") and "\n:\n" in stream.text
    assert not stream.sent[-1].get("more_body")
    assert not news._open


async def test_one_person_has_no_end_of_streams(ada: Claim) -> None:
    grant = _grant(ada, guest_of(ada))
    streams = [Stream(grant, {"user.1": "seat-mine"}) for _ in range(news.PER_PERSON)]
    for stream in streams:
        await stream.until("retry:")
    with pytest.raises(Exception, match="open too often"):
        await Stream(grant, {"user.1": "seat-mine"}).task
    for stream in streams:
        await stream.leave()
    assert not news._open
