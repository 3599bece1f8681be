"""Helpers on Docker: small containers of the platform's own that share a workspace's volume and remove themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound
from docker.types import LogConfig, Mount, Ulimit

from workspaces.engine.base import (
    LABEL_INSTANCE,
    LABEL_SYSTEM,
    ContainerMissing,
    EngineConflict,
    EngineError,
    EngineUnavailable,
    ImageMissing,
)
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.spec import NO_NETWORK, OPEN_FILES
from workspaces.engine.inside import LABEL_HELPS, Helper, HelperSpec

PIDS = 64
VOLUME_FOLDER = "/workspace"
"""Where a helper has the volume, wherever its workspace has it."""
SETTLE_SECONDS = 10.0
"""How long one that is just ending may take to be gone."""
LOOK_SECONDS = 0.05


class DockerHelpers:
    """The part of the Docker driver for helpers; see `Engine` for what each method promises."""

    client: docker.DockerClient

    def ensure_helper(self, spec: HelperSpec) -> None:
        """Any of the steps may meet one that ends at this moment and removes itself, or that another worker makes."""
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            try:
                return self._helper_started(spec)
            except (EngineConflict, ContainerMissing) as error:
                if time.monotonic() > until:
                    raise EngineUnavailable(f"the helper {spec.name} does not come up: {error}") from error
                time.sleep(LOOK_SECONDS)  # the engine sends no word of its end to those who ask for its name

    def remove_helpers(self, workspace: str) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while found := self._helpers(f"{LABEL_HELPS}={workspace}"):
            if time.monotonic() > until:
                raise EngineUnavailable(f"a helper of {workspace} does not go away")
            for row in found:
                self._helper_removed(row["Id"])

    def helpers(self) -> list[Helper]:
        labels = [row["Labels"] | {"name": row["Names"][0].lstrip("/")} for row in self._helpers(LABEL_HELPS)]
        return [Helper(found["name"], found.get(LABEL_SYSTEM, ""), found[LABEL_HELPS]) for found in labels]

    @translate()
    def _helpers(self, label: str) -> list[Mapping[str, Any]]:
        labels = [f"{LABEL_INSTANCE}={settings.INSTANCE}", label]
        found: list[Mapping[str, Any]] = self.client.api.containers(all=True, filters={"label": labels})
        return found

    def _helper_started(self, spec: HelperSpec) -> None:
        """Raises `EngineConflict` or `ContainerMissing` where another try may do better."""
        with translate():
            found = self._helper_found(spec.name)
            if found and found["Config"]["Image"] != spec.image:
                self._helper_removed(found["Id"])
                found = None
        if found and found["State"]["Running"] and not found["State"]["Paused"]:
            return
        made = None if found else self._helper_made(spec)
        try:
            with translate():
                self.client.api.start(made or spec.name)
        except (EngineConflict, ContainerMissing):
            raise
        except EngineError:
            self._helper_removed(made or spec.name)  # else its next start would fail in the same way for ever
            raise

    @translate()
    def _helper_found(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.api.inspect_container(name)
        except NotFound:
            return None
        return found

    def _helper_made(self, spec: HelperSpec) -> str:
        """The id of a new container on the volume that is there; Docker would make a missing one by itself."""
        self._volume_required(spec.volume)
        with translate(ImageMissing):
            made = str(self.client.api.create_container(**helper_arguments(self.client.api, spec))["Id"])
        try:
            self._volume_required(spec.volume)
        except EngineError:  # it was removed in between
            self._helper_removed(made)
            raise
        return made

    def _volume_required(self, name: str) -> None:
        """Raises `EngineError` where there is no such volume, after removing one that Docker has just made."""
        with translate(EngineError):
            if LABEL_INSTANCE not in (self.client.api.inspect_volume(name)["Labels"] or {}):
                raise EngineError(f"volume {name} is not one of ours")

    @translate()
    def _helper_removed(self, name: str) -> None:
        """Its removal has begun at least: one that was at it already is no error."""
        try:
            self.client.api.remove_container(name, force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            if "already in progress" not in str(error.explanation):
                raise
            time.sleep(LOOK_SECONDS)


def helper_arguments(api: docker.APIClient, spec: HelperSpec) -> dict[str, Any]:
    """Keyword arguments of `APIClient.create_container`: as little as possible, in as little as possible."""
    memory = spec.memory_mb * 1024**2
    host = api.create_host_config(
        mounts=[Mount(VOLUME_FOLDER, spec.volume, type="volume", no_copy=True)],
        network_mode=spec.network or NO_NETWORK,
        read_only=True,
        tmpfs={"/tmp": f"size={memory // 2},mode=1777", "/run": f"size={memory // 16},mode=0755"},  # noqa: S108
        cap_drop=["ALL"],
        cap_add=list(spec.capabilities),
        security_opt=["no-new-privileges"],
        init=True,
        mem_limit=memory,
        memswap_limit=memory,
        pids_limit=PIDS,
        ulimits=[Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES), Ulimit(name="core", soft=0, hard=0)],
        log_config=LogConfig(type="json-file", config={"max-size": "1m", "max-file": "1"}),
        auto_remove=True,
    )
    labels = {LABEL_INSTANCE: settings.INSTANCE, LABEL_SYSTEM: spec.role, LABEL_HELPS: spec.workspace}
    return {
        "image": spec.image,
        "name": spec.name,
        "user": "0:0",
        "labels": {**spec.labels, **labels},
        "host_config": host,
    }
