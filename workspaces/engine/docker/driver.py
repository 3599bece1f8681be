"""The Docker driver: containers, volumes, events. Networks, images and what goes on in containers are beside it."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound

from workspaces.engine.base import (
    LABEL_INSTANCE,
    LABEL_WORKSPACE,
    ContainerMissing,
    ContainerSpec,
    ContainerState,
    EngineError,
    EngineEvent,
    EngineInfo,
    EngineUnavailable,
    ImageMissing,
)
from workspaces.engine.connecting import connection_to
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.files import files_archive
from workspaces.engine.docker.helpers import DockerHelpers
from workspaces.engine.docker.images import DockerImages
from workspaces.engine.docker.inside import DockerInside
from workspaces.engine.docker.networks import DockerNetworks, is_half_joined, is_missing_network
from workspaces.engine.docker.snapshots import DockerSnapshots
from workspaces.engine.docker.spec import create_arguments
from workspaces.engine.docker.states import state_from_inspect, state_from_list

CALL_SECONDS = 60
INFO_SECONDS = 2
PROBE_SECONDS = 1.0
GPU_RUNTIME = "nvidia"
"""Runtime that the maker's toolkit adds to an engine; without it no container gets a graphics processor."""
EVENTS = ("start", "die", "pause", "unpause", "destroy", "oom")


class DockerEngine(DockerSnapshots, DockerNetworks, DockerInside, DockerHelpers, DockerImages):
    """See `Engine` for what each method promises. Thread-safe: the client keeps one connection per call at a time."""

    @cached_property
    def client(self) -> docker.DockerClient:  # type: ignore[override]
        return self._connect(CALL_SECONDS)

    @cached_property
    def _quick(self) -> docker.DockerClient:
        """A client that gives up soon, for questions that a page waits for."""
        return self._connect(INFO_SECONDS)

    @staticmethod
    @translate()
    def _connect(seconds: int) -> docker.DockerClient:
        # A fixed API version saves the question for it, which would make the first use fail while the engine is away.
        options: dict[str, Any] = {"version": "1.41", "timeout": seconds, "max_pool_size": 40}
        if settings.DOCKER_HOST:
            options["base_url"] = settings.DOCKER_HOST
        return docker.DockerClient(**options)

    @property
    def _ours(self) -> dict[str, list[str]]:
        return {"label": [f"{LABEL_INSTANCE}={settings.INSTANCE}", LABEL_WORKSPACE]}

    def info(self) -> EngineInfo:
        """Who answers, within two seconds."""
        with translate():
            answer = self._quick.api.info()
        return EngineInfo(
            version=answer["ServerVersion"],
            cpus=answer["NCPU"],
            memory_bytes=answer["MemTotal"],
            containers=answer["Containers"],
            containers_running=answer["ContainersRunning"],
            containers_paused=answer["ContainersPaused"],
            images=answer["Images"],
            has_gpu=GPU_RUNTIME in (answer.get("Runtimes") or {}),
        )

    @translate()
    def ping(self) -> None:
        self._quick.api.ping()

    def events(self, stop: Callable[[], bool], since: datetime | None = None) -> Iterator[EngineEvent]:
        """Events of our containers; ends with `EngineUnavailable` when the stream does. Docker remembers 256 of all."""
        with translate():
            filters = {**self._ours, "type": ["container"], "event": list(EVENTS)}
            began = int(since.timestamp()) if since else None
            # A client of its own without a timeout: hours may pass between two events.
            client = self._connect(None)  # type: ignore[arg-type]
            try:
                for event in client.api.events(since=began, decode=True, filters=filters):
                    if stop():
                        return
                    yield _event(event)
            finally:
                client.close()
        raise EngineUnavailable("the engine closed the stream of events")

    # -- volumes
    @translate(EngineError)
    def ensure_volume(self, name: str, labels: Mapping[str, str]) -> None:
        self.client.api.create_volume(name, labels=dict(labels))

    @translate(EngineError)
    def remove_volume(self, name: str) -> None:
        try:
            self.client.api.remove_volume(name)
        except NotFound:
            return

    @translate(EngineError)
    def volumes(self) -> list[str]:
        return [volume["Name"] for volume in self.client.api.volumes(filters=self._ours)["Volumes"] or []]

    # -- containers
    def ensure_container(self, spec: ContainerSpec) -> ContainerState:
        """Docker refuses a second container of that name, whoever made the first, and makes a missing volume itself."""
        try:
            with translate(ImageMissing):
                made = self.client.api.create_container(**create_arguments(self.client.api, spec))
        except EngineError:
            if (existing := self.inspect(spec.name)) is None:
                raise
            if existing.status == "created":  # by a worker that may have died before it wrote them
                self._files_written(spec)
            return existing
        self._files_written(spec)
        return ContainerState(spec.name, made["Id"], "created", image=spec.image, labels=spec.labels)

    def _files_written(self, spec: ContainerSpec) -> None:
        """Nothing is to start without them, so a container that cannot have them goes again.

        Docker writes into no root that is read-only, where nobody could have written any of them either.
        """
        if not spec.files or spec.read_only:
            return
        try:
            with translate():
                self.client.api.put_archive(spec.name, "/", files_archive(spec.files))
        except BaseException:
            self.remove_container(spec.name)
            raise

    @translate()
    def start(self, name: str) -> ContainerState:
        """Docker starts a paused container only by resuming it; one that runs is fine to it."""
        try:
            self.client.api.start(name)
        except APIError as error:
            if "try unpause" in str(error.explanation):
                return self.unpause(name)
            if not is_missing_network(error):
                raise
            self._reconnect(name)
            self.client.api.start(name)
        return self._state(name)

    @translate()
    def join(self, name: str) -> ContainerState:
        """Docker takes a container into a network only after it has left the one called none.

        An engine that was killed in between may know no more that it has left; a stopped one can be told so again.
        """
        try:
            self._connect_first(name)
        except APIError as error:
            if not is_half_joined(error):
                raise
            self.client.api.stop(name, timeout=0)
            self._connect_first(name)
            self.client.api.start(name)
        return self._state(name)

    @translate()
    def stop(self, name: str, grace_seconds: int = 10) -> None:
        state = self.inspect(name)
        if state is None or state.status in ("created", "stopped"):
            return
        if state.status == "paused":
            # Frozen processes hear no signal; they get their chance to save after they are woken.
            self.client.api.unpause(name)
        try:
            self.client.api.stop(name, timeout=grace_seconds)
        except NotFound:
            return

    @translate()
    def pause(self, name: str) -> None:
        if self._state(name).status != "paused":
            self.client.api.pause(name)

    @translate()
    def unpause(self, name: str) -> ContainerState:
        if self._state(name).status != "running":
            self.client.api.unpause(name)
        return self._state(name)

    @translate()
    def remove_container(self, name: str) -> None:
        try:
            self.client.api.remove_container(name, force=True, v=True)
        except NotFound:
            return

    @translate()
    def inspect(self, name: str) -> ContainerState | None:
        try:
            return self._state(name)
        except ContainerMissing:
            return None

    @translate()
    def _state(self, name: str) -> ContainerState:
        return state_from_inspect(self.client.api.inspect_container(name))

    @translate()
    def containers(self) -> list[ContainerState]:
        """From the engine's list alone, in one call; it has no times and no exit codes."""
        return [state_from_list(row) for row in self.client.api.containers(all=True, filters=self._ours)]

    def probe(self, state: ContainerState, port: int, path: str, scheme: str = "http") -> bool:
        """A GET over a fresh connection; anything below 500 is an answer."""
        if not state.address:  # else it would be this machine that is asked
            return False
        connection = connection_to(state.address, port, scheme, PROBE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @translate()
    def logs(self, name: str, tail: int = 50) -> str:
        try:
            return self.client.api.logs(name, tail=tail).decode(errors="replace").strip()
        except NotFound:
            return ""


def _event(said: Mapping[str, Any]) -> EngineEvent:
    attributes = said["Actor"]["Attributes"]
    at = datetime.fromtimestamp(said["timeNano"] / 1e9, UTC)
    return EngineEvent(said["Action"], attributes.get("name", ""), attributes[LABEL_WORKSPACE], at)
