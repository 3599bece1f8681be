"""How the asynchronous server runs Django, whose middleware and views are synchronous: in as few steps as it takes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

KEPT_THREADS = 8


class OneStepHandler(ASGIHandler):
    """Django's handler, with all that a request is in one step to its thread: signals, middleware, view, closing.

    Django's own goes there and back for each of them, which costs more than they do. A view that is asynchronous runs
    on the server's loop, as it does there.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await sync_to_async(self.answer)(scope, body)
        if response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """The answer to a request; closed, unless it is a stream, whose content is yet to come."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        with body:
            request, refusal = self.create_request(scope, body)  # one of them is None
            response: HttpResponseBase = refusal if request is None else self.get_response(request)  # type: ignore[assignment]
        response._handler_class = self.__class__  # type: ignore[attr-defined]  # who signals that it is over
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        return response

    async def _stream(self, response: HttpResponseBase, receive: Any, send: Any) -> None:
        """Until all is sent, or nobody is there any more to take it."""
        sending = asyncio.create_task(self.send_response(response, send))
        gone = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, sending):
                task.cancel()
                with suppress(asyncio.CancelledError, RequestAborted):
                    await task
            await sync_to_async(response.close)()


class LentThreads:
    """ASGI wrapper: each request has a thread to itself, as Django wants it, but one that another had before.

    There are as many as there are requests under way; `kept` of them stay for the next ones, with the connections to
    the database that they have. Otherwise each request would begin and end two threads.
    """

    def __init__(self, application: Any, kept: int = KEPT_THREADS) -> None:
        self.application, self.kept = application, kept
        self.idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        thread = self.idle.pop() if self.idle else ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
        is_free = False
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.application(scope, receive, send)
            is_free = True  # not so after an exception: the thread may still be at work for who went away
        finally:
            if is_free and len(self.idle) < self.kept:
                self.idle.append(thread)
            else:
                thread.shutdown(wait=False)


def django_application() -> LentThreads:
    """Django as an ASGI application; sets it up."""
    django.setup(set_prefix=False)
    return LentThreads(OneStepHandler())
