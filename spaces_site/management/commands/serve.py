"""`manage.py serve`: everything in one process, or with Redis and --no-worker just the web part of it."""

from __future__ import annotations

import socket
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from spaces_site import preparing
from spaces_site.env import BadSetting
from spaces_site.heap import heap_keep_small
from spaces_site.web_processes import WebProcesses
from workspaces.engine import host
from workspaces.gateway.websocket import LARGEST_MESSAGE_BYTES

STARTED = time.monotonic()
STOPPED = "Stopped. Workspaces that run go on running."


class Command(BaseCommand):
    help = "Prepares what is missing and serves the site, its gateway and, unless told otherwise, its worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-worker", action="store_true", help="workers run elsewhere (needs REDIS_URL)")
        parser.add_argument("--no-engine-setup", action="store_true", help="never install or start an engine")

    def handle(self, *args: Any, no_worker: bool = False, no_engine_setup: bool = False, **options: Any) -> None:
        if no_worker and settings.EMBEDDED:
            raise BadSetting("--no-worker needs REDIS_URL, through which the workers are reached")
        heap_keep_small()
        if settings.EMBEDDED:
            self.alone = preparing.only_one()
        listening = self.listen()
        self.prepare()
        engine_setup = None if no_engine_setup else self.find_engine
        if settings.WEB_PROCESSES > 1:
            self.serve_many(listening, engine_setup)
            return
        if engine_setup:
            threading.Thread(target=engine_setup, name="engine-setup", daemon=True).start()
        self.serve(listening, with_worker=settings.EMBEDDED)

    def listen(self) -> socket.socket:
        """The site's port, before anything else is begun. Raises `CommandError` when another program has it."""
        family = socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET
        try:
            return socket.create_server((settings.BIND, settings.PORT), family=family, backlog=2048)
        except OSError as problem:
            raise CommandError(
                f"Cannot listen on {settings.BIND} port {settings.PORT}: {problem.strerror}. "
                f"Choose another port: PORT={settings.PORT + 1} make run"
            ) from problem

    def prepare(self) -> None:
        """Tables, translations, static files."""
        preparing.translations_compile()
        preparing.tables_migrate()
        if not settings.DEBUG and preparing.static_collect():
            self.say("Static files are in place.")

    def find_engine(self) -> None:
        """In the background, so that the site is up meanwhile; its pages say that the engine is away."""
        try:
            host.engine_ensure(self.say, settings.DOCKER_HOST, settings.DATA_DIR)
        except host.HostProblem as problem:
            self.say(
                f"\nThere is no engine to run workspaces on. The site works, but nothing can be started.\n{problem}\n"
            )

    def serve(self, listening: socket.socket, *, with_worker: bool) -> None:
        """Until Ctrl-C. Workspaces go on without us."""
        server = self.server()
        # Late: it imports the whole application, and must not exist before the tables do.
        from spaces_site.embedded import EmbeddedWorker

        worker = EmbeddedWorker() if with_worker else None
        if worker:
            worker.start()
        self.welcome()
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # the server has ended in good order and hands the signal on
        finally:
            if worker:
                worker.stop()
            self.say(STOPPED)
        if worker:
            worker.leave()

    def serve_many(self, listening: socket.socket, engine_setup: Callable[[], None] | None) -> None:
        """As `serve`, in several processes. They begin when all is ready, so that one alone makes the tables."""
        server = self.server()
        self.welcome()
        for connection in connections.all():
            connection.close()
            if hasattr(connection, "close_pool"):
                connection.close_pool()
        WebProcesses(lambda: server.run(sockets=[listening]), settings.WEB_PROCESSES).run(engine_setup)
        self.say(STOPPED)

    def server(self) -> uvicorn.Server:
        """The site's web server, which is to be run once."""
        # Late: these import the whole application.
        from spaces_site.asgi import application
        from spaces_site.embedded import LoopAware

        return uvicorn.Server(
            uvicorn.Config(
                LoopAware(application),
                log_config=None,
                access_log=False,
                proxy_headers=False,  # whom to believe is `SPACES_TRUST_PROXY`, which we ask ourselves
                server_header=False,
                lifespan="on",
                ws="websockets-sansio",
                ws_max_size=LARGEST_MESSAGE_BYTES,
                ws_per_message_deflate=False,
                ws_ping_interval=None,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
                h11_max_incomplete_event_size=64 * 1024,
            )
        )

    def welcome(self) -> None:
        """Where the site is, and how to get in."""
        self.say(f"Spaces is at {settings.BASE_URL}  (ready after {time.monotonic() - STARTED:.1f} s, Ctrl-C ends it)")
        if link := preparing.first_sign_in():
            self.say(f"Sign in as {settings.ADMIN_EMAIL} with this link, which works once: {link}")
        if settings.DEV_INBOX:
            self.say(f"Mail is not set up (EMAIL_URL): codes are printed here and shown at {settings.BASE_URL}/inbox/")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
