"""Django under the asynchronous server: one step to one thread, which the next request gets as well."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils import translation

from spaces_site.threads import LentThreads, OneStepHandler

Message = dict[str, Any]
visited: list[int] = []
closed = threading.Event()


def note_thread(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        visited.append(threading.get_ident())
        return get_response(request)

    return middleware


def plain(request: HttpRequest) -> HttpResponse:
    visited.append(threading.get_ident())
    return HttpResponse(f"{request.method} {len(request.body)}", headers={"X-Kind": "plain"})


async def on_the_loop(request: HttpRequest) -> HttpResponse:
    inside = await sync_to_async(threading.get_ident)()
    return HttpResponse(f"{id(asyncio.get_running_loop())} {inside == visited[0]}")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            for number in range(3):
                yield str(number).encode()
            if "endless" in request.GET:
                await asyncio.Event().wait()
        finally:
            closed.set()

    return StreamingHttpResponse(parts())


def language(request: HttpRequest) -> HttpResponse:
    """In which language the request begins; it leaves another one active, as the middleware for languages does."""
    before = translation.get_language()
    translation.activate("de")
    return HttpResponse(before)


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


urlpatterns = [
    path("plain", plain), path("loop", on_the_loop), path("stream", stream), path("broken", broken),
    path("language", language),
]  # fmt: skip


@pytest.fixture(autouse=True)
def handler(settings: Any) -> OneStepHandler:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.note_thread", f"{__name__}.note_thread"]
    visited.clear()
    closed.clear()
    return OneStepHandler()


@pytest.fixture
def signals() -> Iterator[list[tuple[str, int]]]:
    """Each start and end of a request that was told, and in which thread."""
    told: list[tuple[str, int]] = []

    def started(**_: Any) -> None:
        told.append(("started", threading.get_ident()))

    def finished(**_: Any) -> None:
        told.append(("finished", threading.get_ident()))

    request_started.connect(started)
    request_finished.connect(finished)
    yield told
    request_started.disconnect(started)
    request_finished.disconnect(finished)


async def ask(app: Any, address: str, *received: Message, stays: bool = True) -> list[Message]:
    """What is sent for a POST whose messages are `received`; afterwards the client waits, unless it goes away."""
    address, _, query = address.partition("?")
    scope = {
        "type": "http", "method": "POST", "path": address, "raw_path": address.encode(), "headers": [],
        "query_string": query.encode(), "client": ("192.0.2.7", 1), "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    coming = [*(received or ({"type": "http.request", "body": b"abc", "more_body": False},))]
    sent: list[Message] = []

    async def receive() -> Message:
        if coming:
            return coming.pop(0)
        while stays or len(sent) < 4:  # who goes away has seen a part of the answer
            await asyncio.sleep(0.001)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await asyncio.wait_for(app(scope, receive, send), 10)
    return sent


def body_of(sent: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in sent)


async def test_signals_middleware_and_view_are_in_one_thread_that_is_not_the_servers(
    handler: OneStepHandler, signals: list[tuple[str, int]]
) -> None:
    sent = await ask(handler, "/plain")
    assert (sent[0]["status"], body_of(sent)) == (200, b"POST 3")
    assert (b"X-Kind", b"plain") in sent[0]["headers"]
    assert [word for word, _ in signals] == ["started", "finished"]
    assert len({*visited, *(thread for _, thread in signals)} - {threading.get_ident()}) == 1
    assert len(visited) == 3


async def test_an_asynchronous_view_runs_on_the_loop_of_the_server(handler: OneStepHandler) -> None:
    assert body_of(await ask(handler, "/loop")) == f"{id(asyncio.get_running_loop())} True".encode()


async def test_a_body_in_pieces_is_whole_for_the_view(handler: OneStepHandler) -> None:
    pieces = [{"type": "http.request", "body": b"abcd", "more_body": more} for more in (True, True, False)]
    assert body_of(await ask(handler, "/plain", *pieces)) == b"POST 12"


async def test_who_leaves_before_the_body_is_whole_is_not_answered(handler: OneStepHandler) -> None:
    begun = {"type": "http.request", "body": b"abcd", "more_body": True}
    assert await ask(handler, "/plain", begun, {"type": "http.disconnect"}) == []
    assert visited == []


async def test_a_view_that_breaks_is_a_500(handler: OneStepHandler, settings: Any) -> None:
    sent = await ask(handler, "/broken")
    assert sent[0]["status"] == 500


async def test_a_stream_is_sent_to_its_end_and_closed(
    handler: OneStepHandler, signals: list[tuple[str, int]]
) -> None:
    assert body_of(await ask(handler, "/stream")) == b"012"
    assert closed.is_set()
    assert [word for word, _ in signals] == ["started", "finished"]


async def test_a_stream_ends_when_nobody_takes_it_any_more(
    handler: OneStepHandler, signals: list[tuple[str, int]]
) -> None:
    assert body_of(await ask(handler, "/stream?endless", stays=False)) == b"012"
    assert closed.is_set()
    assert [word for word, _ in signals] == ["started", "finished"]


async def thread_of_request(lent: LentThreads) -> int:
    """In which thread a request's synchronous code runs, which must be the same all the time."""
    seen: set[int] = set()

    async def app(scope: Message, receive: Any, send: Any) -> None:
        for _ in range(3):
            seen.add(await sync_to_async(threading.get_ident)())

    lent.application = app
    await lent({}, None, None)
    assert len(seen) == 1
    return seen.pop()


async def test_a_request_gets_the_thread_of_the_one_before_it() -> None:
    lent = LentThreads(None)
    first = await thread_of_request(lent)
    assert await thread_of_request(lent) == first != threading.get_ident()


async def test_a_request_inherits_nothing_but_the_thread(handler: OneStepHandler) -> None:
    lent = LentThreads(handler)
    assert [body_of(await ask(lent, "/language")) for _ in range(3)] == [b"en"] * 3
    assert len(set(visited)) == 1


async def test_requests_at_once_have_a_thread_each_and_only_some_of_them_stay() -> None:
    together = threading.Barrier(3, timeout=10)

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await sync_to_async(together.wait)()

    lent = LentThreads(app, kept=2)
    await asyncio.gather(*(lent({}, None, None) for _ in range(3)))
    assert len(lent.idle) == 2


async def test_a_thread_that_may_still_be_at_work_is_lent_to_nobody() -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        goes_on.wait(10)

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await sync_to_async(work)()

    lent = LentThreads(app)
    request = asyncio.create_task(lent({}, None, None))
    await asyncio.to_thread(begun.wait, 10)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert lent.idle == []
    goes_on.set()
