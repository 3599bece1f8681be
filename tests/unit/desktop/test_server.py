"""What the gateway is told on either port, and the way of bytes to the screen and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

Client = TestClient[Any, Any]
NewClient = Callable[..., Awaitable[Client]]


class Screen:
    managed = False
    window = False

    def is_managed(self) -> bool:
        return self.managed

    def has_window(self) -> bool:
        return self.window


class Pictures:
    def picture(self, width: int) -> bytes:
        if width == 80:
            raise OSError("no screen")
        return b"\xff\xd8 %d" % width


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def rfb() -> Any:
    with TemporaryDirectory(prefix="rfb-") as folder:  # short: a socket's path may have no more than 107 characters
        yield Path(folder) / "rfb"


@pytest.fixture
async def client_of(inside: SimpleNamespace, screen: Screen, rfb: Path) -> AsyncIterator[NewClient]:
    clients: list[Client] = []

    async def make(key: str = "secret77") -> Client:
        site = inside.server.Site(key, "KiCad", screen, Pictures(), rfb)
        client: Client = TestClient(TestServer(site.application()))
        await client.start_server()
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def echo(rfb: Path) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """Stands for Xvnc: greets, then says everything twice; the list holds who is connected."""
    connected: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.write(b"RFB 003.008\n")
        while data := await reader.read(1000):
            writer.write(data * 2)
            await writer.drain()
        writer.close()
        connected.remove(writer)

    server = await asyncio.start_unix_server(talk, str(rfb))
    yield connected
    server.close()


async def test_it_is_healthy_as_soon_as_there_is_something_to_look_at(client_of: NewClient, screen: Screen) -> None:
    client = await client_of()
    assert (await client.get("/healthz")).status == 503
    screen.managed = True
    answer = await client.get("/healthz")
    assert (answer.status, await answer.text()) == (200, "ok\n")


async def test_each_port_hands_out_its_own_key_and_nothing_keeps_it(client_of: NewClient, screen: Screen) -> None:
    answers = [await (await client_of(key)).get("/desktop.json") for key in ("control1", "lookonly")]
    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store", "no-store"]
    said = [await answer.json() for answer in answers]
    assert said == [{"key": key, "app": "starting", "title": "KiCad"} for key in ("control1", "lookonly")]
    screen.window = True
    assert (await (await (await client_of()).get("/desktop.json")).json())["app"] == "there"


async def test_the_first_page_is_not_here(client_of: NewClient) -> None:
    assert (await (await client_of()).get("/")).status == 404


async def test_pictures_are_jpegs_of_the_width_asked_for(client_of: NewClient) -> None:
    client = await client_of()
    answer = await client.get("/picture.jpg?width=640")
    assert (answer.content_type, await answer.read()) == ("image/jpeg", b"\xff\xd8 640")
    assert await (await client.get("/picture.jpg")).read() == b"\xff\xd8 320"
    assert (await client.get("/picture.jpg?width=a")).status == 400
    assert (await client.get("/picture.jpg?width=80")).status == 503, "there is no screen yet"


async def test_bytes_go_to_the_screen_and_back(client_of: NewClient, echo: list[asyncio.StreamWriter]) -> None:
    client = await client_of()
    async with client.ws_connect("/socket", protocols=("binary",)) as socket:
        assert socket.protocol == "binary"
        assert await socket.receive_bytes() == b"RFB 003.008\n"
        await socket.send_bytes(b"ab")
        assert await socket.receive_bytes() == b"abab"
    async with client.ws_connect("/socket") as without:
        assert await without.receive_bytes() == b"RFB 003.008\n"


async def test_the_screen_hears_when_somebody_leaves(client_of: NewClient, echo: list[asyncio.StreamWriter]) -> None:
    client = await client_of()
    async with client.ws_connect("/socket") as socket:
        await socket.receive_bytes()
        assert len(echo) == 1
    async with asyncio.timeout(5):
        while echo:
            await asyncio.sleep(0.01)


async def test_the_browser_hears_when_the_screen_ends(client_of: NewClient, echo: list[asyncio.StreamWriter]) -> None:
    async with (await client_of()).ws_connect("/socket") as socket:
        await socket.receive_bytes()
        echo[0].close()
        assert (await socket.receive(5)).type is aiohttp.WSMsgType.CLOSE


async def test_text_is_no_language_of_screens(client_of: NewClient, echo: list[asyncio.StreamWriter]) -> None:
    async with (await client_of()).ws_connect("/socket") as socket:
        await socket.receive_bytes()
        await socket.send_str("hello")
        assert (await socket.receive(5)).type is aiohttp.WSMsgType.CLOSE


async def test_without_a_screen_a_browser_may_ask_again(client_of: NewClient) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await (await client_of()).ws_connect("/socket")
    assert refused.value.status == 503


async def test_a_thousand_connections_are_refused_beyond_a_class(
    inside: SimpleNamespace, client_of: NewClient, echo: list[asyncio.StreamWriter]
) -> None:
    client, most = await client_of(), inside.server.MOST_SOCKETS
    opened = [await client.ws_connect("/socket") for _ in range(most)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect("/socket")
    assert refused.value.status == 503
    await opened.pop().close()
    async with asyncio.timeout(5):
        while len(echo) == most:
            await asyncio.sleep(0.01)
    await client.ws_connect("/socket")


async def test_a_request_that_is_no_websocket_is_refused(
    client_of: NewClient, echo: list[asyncio.StreamWriter]
) -> None:
    assert (await (await client_of()).get("/socket")).status == 400
