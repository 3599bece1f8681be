"""Fixtures for the real parts: engine, PostgreSQL, Redis, and whole installations. A missing part fails the test."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound
from xdist import is_xdist_worker

from tests import docker_exec
from tests.engine_cleanup import INSTANCES, has_guard, remove_all, remove_everything
from tests.harness import Platform
from tests.servers import Postgres, Redis
from workspaces.engine.docker.guard import GUARD_NAME
from workspaces.engine.host import engine_advice, engine_ready

NewPlatform = Callable[..., Platform]
GUARDED = pytest.StashKey[bool]()

docker_exec.mend()


def pytest_sessionstart(session: pytest.Session) -> None:
    """All installations of a machine share a network guard, so that no process of a parallel run may remove it."""
    host = os.environ.get("DOCKER_HOST", "")
    if not is_xdist_worker(session) and engine_ready(host):
        with closing(docker.from_env()) as client:
            session.config.stash[GUARDED] = has_guard(client)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A guard that this run has made goes with it; one from before guards somebody else's workspaces."""
    if not session.config.stash.get(GUARDED, True):
        with closing(docker.from_env()) as client, suppress(NotFound):
            client.api.remove_container(GUARD_NAME, force=True)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[docker.DockerClient]:
    """The real engine. When the run ends nothing labelled by any of its installations may be left."""
    host = os.environ.get("DOCKER_HOST", "")
    if not engine_ready(host):
        pytest.fail(f"these tests need a Docker engine.\n{engine_advice(host)}", pytrace=False)
    client = docker.from_env()
    yield client
    problems = remove_everything(client)
    client.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def instance(docker_engine: docker.DockerClient) -> str:
    """A name for `settings.INSTANCE`, new for each run, for tests that drive the engine without an installation."""
    name = f"test-{secrets.token_hex(4)}"
    INSTANCES.add(name)
    return name


@pytest.fixture
def engine_cleaned(docker_engine: docker.DockerClient, instance: str) -> Iterator[None]:
    """Remove what the test has left under `instance`."""
    yield
    remove_all(docker_engine, instance)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; `postgres.database()` is the URL of a new database."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """URL of one database for the whole run."""
    return postgres.database()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis server; `redis_server.database()` is the URL of a database of one's own."""
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: Redis) -> str:
    """URL of one database for the whole run."""
    return redis_server.database()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, docker_engine: docker.DockerClient) -> Iterator[Platform]:
    """One running installation for all tests that only use it; nobody may stop or change it as a whole.

    It starts on an empty folder, as for the first time.
    """
    site = Platform(tmp_path_factory.mktemp("platform") / "site")
    try:
        site.start()
        yield site
        site.stop()
    finally:
        site.close(docker_engine)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and static files, which take longer than all the rest of a first start."""
    return Platform(tmp_path_factory.mktemp("prepared") / "site").prepare()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> str:
    """Name of a database of PostgreSQL's with tables, for copies of it."""
    url = postgres.database()
    Platform(tmp_path_factory.mktemp("migrated") / "site", {"DATABASE_URL": url}).manage("migrate")
    return url.rpartition("/")[2]


@pytest.fixture
def new_platform(tmp_path: Path, prepared: Path, docker_engine: docker.DockerClient) -> Iterator[NewPlatform]:
    """Makes running installations of the test's own: `new_platform({"PORT": …}, separate_worker=True)`."""
    sites: list[Platform] = []

    def make(environ: dict[str, str] | None = None, separate_worker: bool = False, start: bool = True) -> Platform:
        site = Platform(tmp_path / f"site{len(sites)}", environ, separate_worker, like=prepared)
        sites.append(site)
        return site.start() if start else site

    yield make
    for site in sites:
        site.close(docker_engine)


@pytest.fixture
def servers(postgres: Postgres, migrated: str, redis_server: Redis) -> dict[str, str]:
    """Settings of an installation on PostgreSQL and Redis, on databases that nobody else has."""
    databases = {"DATABASE_URL": postgres.database(like=migrated), "REDIS_URL": redis_server.database()}
    return databases | {"SPACES_SPARE_NETWORKS": "0"}  # what a test counts is then its own


@pytest.fixture
def production(new_platform: NewPlatform, servers: dict[str, str]) -> Platform:
    """An installation as in production: PostgreSQL, Redis, and a worker in a process of its own."""
    return new_platform(servers, separate_worker=True)
