"""The real parts that other tests stand on: they run, they are apart from each other, and they end."""

from __future__ import annotations

import secrets
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import docker
import psycopg
import pytest
import redis

from tests.engine_cleanup import remove_all, things_of
from tests.local_http import new_session
from tests.servers import Postgres, Redis
from tests.waiting import listens
from workspaces.engine.base import LABEL_INSTANCE
from workspaces.engine.host import engine_ready

pytestmark = pytest.mark.integration


def test_every_postgres_database_is_a_new_one(postgres: Postgres) -> None:
    first, second = postgres.database(), postgres.database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE here (id int)")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('here')").fetchone() == (None,)


def test_every_redis_database_is_a_new_one(redis_server: Redis) -> None:
    first, second = (redis.Redis.from_url(redis_server.database()) for _ in range(2))
    first.set("here", "1")
    assert second.get("here") is None
    first.close()
    second.close()


def test_a_server_leaves_neither_process_nor_folder() -> None:
    for server in (Postgres(), Redis()):
        with server:
            assert listens(server.port)
        assert not listens(server.port)
        assert not server.folder.exists()


def test_the_real_engine_answers_its_ping(docker_engine: docker.DockerClient) -> None:
    assert engine_ready()
    assert docker_engine.ping()


def test_cleaning_up_removes_what_an_installation_made_and_nothing_else(docker_engine: docker.DockerClient) -> None:
    ours, other = (f"test-{secrets.token_hex(4)}" for _ in range(2))
    for name in (ours, other):
        labels = {LABEL_INSTANCE: name}
        docker_engine.volumes.create(name, labels=labels)
        docker_engine.networks.create(name, labels=labels, internal=True)
    assert things_of(docker_engine, ours) == [f"network {ours}", f"volume {ours}"]
    remove_all(docker_engine, ours)
    remove_all(docker_engine, ours)
    assert things_of(docker_engine, ours) == []
    assert len(things_of(docker_engine, other)) == 2
    remove_all(docker_engine, other)


def test_a_name_below_localhost_is_found_and_told_to_the_server() -> None:
    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.headers["Host"].encode()
            self.send_response(302 if self.path == "/moved" else 200)
            self.send_header("Location", f"http://other.localhost:{self.server.server_address[1]}/")
            self.send_header("Set-Cookie", "mine=1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        session = new_session()
        assert session.get(f"http://abc.localhost:{port}/").text == f"abc.localhost:{port}"
        assert session.get(f"http://abc.localhost:{port}/moved").text == f"other.localhost:{port}"
        assert {cookie.domain for cookie in session.cookies} == {"abc.localhost", "other.localhost"}
        server.shutdown()
