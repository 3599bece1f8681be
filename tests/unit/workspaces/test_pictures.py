"""The small picture of a desktop: when its container is asked, how often, and what of its answers is believed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.pictures_parts import PICTURE, Desktop, answered
from workspaces import pictures
from workspaces.models import Kind, Workspace
from workspaces.pictures import MOST_ASKED, MOST_BYTES, MOST_KEPT, MOST_WAITING, WIDE, Asker, is_pictured, picture_of

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture(autouse=True)
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    """One that remembers nothing of other tests."""
    fresh = Asker()
    monkeypatch.setattr(pictures, "_asker", fresh)
    return fresh


def desktop_at(port: int, *, number: int = 1, state: str = "running", **kind: Any) -> Workspace:
    """A row that no database has; what is asked for needs none."""
    fields = {"slug": "kicad", "port": port, "picture_path": "/picture.jpg"} | kind
    return Workspace(pk=number, name="Board", kind=Kind(**fields), state=state, address="127.0.0.1", container_id="abc")


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with Desktop(answered(PICTURE)) as made:
        yield made


async def test_a_picture_is_asked_for_and_known_by_its_first_bytes(desktop: Desktop) -> None:
    found = await picture_of(desktop_at(desktop.port))
    assert found is not None
    assert (found.content, found.media_type) == (PICTURE, "image/jpeg")
    assert found.etag.startswith('"') and found.etag.endswith('"')
    assert desktop.asked == ["GET /picture.jpg?width=320 HTTP/1.1"]
    assert "cookie" not in desktop.heads[0].lower() and "authorization" not in desktop.heads[0].lower()


async def test_png_is_one_too() -> None:
    with Desktop(answered(PNG)) as desktop:
        found = await picture_of(desktop_at(desktop.port))
    assert found is not None and found.media_type == "image/png"


async def test_a_wide_one_is_another_one_and_a_path_with_a_query_is_left_as_it_is(desktop: Desktop) -> None:
    await picture_of(desktop_at(desktop.port))
    await picture_of(desktop_at(desktop.port), width=WIDE)
    await picture_of(desktop_at(desktop.port, picture_path="/shot?small=1"))
    assert [line.split()[1] for line in desktop.asked] == [
        "/picture.jpg?width=320", "/picture.jpg?width=640", "/shot?small=1",
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["paused", "stopped", "starting", "creating", "error", "deleting"])
async def test_what_does_not_run_is_never_asked(state: str, desktop: Desktop) -> None:
    workspace = desktop_at(desktop.port, state=state)
    assert await picture_of(workspace) is None
    assert (desktop.asked, is_pictured(workspace)) == ([], False)


@pytest.mark.parametrize("path", ["", "picture.jpg", "/with space", "/two\r\nX-More: 1", "http://10.0.0.1/x.jpg"])
async def test_what_has_no_proper_path_is_never_asked(path: str, desktop: Desktop) -> None:
    assert await picture_of(desktop_at(desktop.port, picture_path=path)) is None
    assert desktop.asked == []


async def test_without_a_port_or_an_address_nothing_is_asked(desktop: Desktop) -> None:
    terminal, nowhere = desktop_at(0), desktop_at(desktop.port)
    nowhere.address = None
    assert [await picture_of(terminal), await picture_of(nowhere)] == [None, None]
    assert desktop.asked == []


async def test_a_path_that_looks_like_another_host_stays_at_the_container(desktop: Desktop) -> None:
    assert await picture_of(desktop_at(desktop.port, picture_path="//10.0.0.1:9/x.jpg")) is not None
    assert desktop.asked == ["GET //10.0.0.1:9/x.jpg?width=320 HTTP/1.1"]


async def test_thirty_who_look_ask_once(desktop: Desktop) -> None:
    desktop.pause = 0.2
    found = await asyncio.gather(*(picture_of(desktop_at(desktop.port)) for _ in range(30)))
    assert {one.content for one in found if one} == {PICTURE} and None not in found
    assert len(desktop.asked) == 1
    assert await picture_of(desktop_at(desktop.port)) is found[0]
    assert len(desktop.asked) == 1, "it is kept for a moment"


async def test_it_is_asked_again_after_a_moment(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT", 0.05)
    await picture_of(desktop_at(desktop.port))
    await asyncio.sleep(0.1)  # longer than it is kept
    await picture_of(desktop_at(desktop.port))
    assert len(desktop.asked) == 2


async def test_one_that_was_started_anew_is_asked_at_once(desktop: Desktop) -> None:
    """After a reset of its seat it may be somebody else's."""
    before, after = desktop_at(desktop.port), desktop_at(desktop.port)
    after.started_at = timezone.now() + timedelta(seconds=1)
    await picture_of(before)
    await picture_of(after)
    after.container_id = "another"
    await picture_of(after)
    assert len(desktop.asked) == 3


HOSTILE = {
    "nothing": (b"",),
    "no HTTP": (b"\x00\x01\x02 what is this\r\n\r\n",),
    "a page": (answered(b"<html><script>alert(1)</script>"),),
    "a page that calls itself a picture": (answered(b"<svg onload='x'/>", headers="Content-Type: image/jpeg\r\n"),),
    "an error": (answered(PICTURE, status="500 Oh"),),
    "an error without a body": (b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n",),
    "another place": (answered(PICTURE, status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),),
    "too long": (answered(PICTURE + bytes(MOST_BYTES)),),
    "too long, and it does not say so": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", PICTURE + bytes(MOST_BYTES)),
    "packed": (answered(b"\x1f\x8b\x08 packed", headers="Content-Encoding: gzip\r\n"),),
    "half of it": (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PICTURE,),
    "broken pieces": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
    "endless headers": (b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * 100_000,),
    "a switch of protocols": (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + PICTURE,),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + PICTURE,),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_whatever_else_is_answered_is_no_picture(name: str) -> None:
    with Desktop(*HOSTILE[name]) as desktop:
        assert await picture_of(desktop_at(desktop.port)) is None
        asked = len(desktop.asked)
        assert 1 <= asked <= 2, "a connection that was cut at once is tried once more"
        assert await picture_of(desktop_at(desktop.port)) is None
        assert len(desktop.asked) == asked, "and it is left alone for a while"


async def test_one_that_drips_is_given_up_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ASK_SECONDS", 0.5)
    drips = [b"HTTP/1.1 200 OK\r\n\r\n", *(PICTURE[:1] for _ in range(100))]
    with Desktop(*drips, pause=0.1) as desktop:
        began = time.monotonic()
        assert await picture_of(desktop_at(desktop.port)) is None
    assert time.monotonic() - began < 5, "all of it would take ten seconds"


async def test_nobody_listens() -> None:
    with Desktop() as gone:
        port = gone.port
    assert await picture_of(desktop_at(port)) is None


async def test_who_goes_away_takes_nothing_from_the_others(desktop: Desktop) -> None:
    desktop.pause = 0.2
    first = asyncio.create_task(picture_of(desktop_at(desktop.port)))
    second = asyncio.create_task(picture_of(desktop_at(desktop.port)))
    await asyncio.sleep(0.05)  # both wait by now
    first.cancel()
    assert await second is not None
    assert len(desktop.asked) == 1


async def test_many_silent_ones_do_not_pile_up(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ASK_SECONDS", 0.5)
    with Desktop(answered(PICTURE), pause=5) as silent, Desktop(answered(PICTURE)) as fine:
        rows = [desktop_at(silent.port, number=number) for number in range(MOST_ASKED)]
        asked = [asyncio.create_task(picture_of(row)) for row in rows]
        await asyncio.sleep(0.05)  # all of them are asked by now
        assert await picture_of(desktop_at(fine.port, number=999)) is None, "this time"
        assert set(await asyncio.gather(*asked)) == {None}
        assert await picture_of(desktop_at(fine.port, number=999)) is not None, "the next time"
    assert (asker.asked, asker.waiting) == ({}, 0)


async def test_those_who_wait_are_few(asker: Asker, desktop: Desktop) -> None:
    desktop.pause = 0.3
    found = await asyncio.gather(*(picture_of(desktop_at(desktop.port)) for _ in range(MOST_WAITING + 10)))
    assert (found.count(None), asker.waiting) == (10, 0)


async def test_only_so_many_are_kept(asker: Asker, desktop: Desktop) -> None:
    for number in range(MOST_KEPT + 5):
        await picture_of(desktop_at(desktop.port, number=number))
    assert len(asker.kept) == MOST_KEPT
