"""Networks on Docker: a small bridge for each workspace, which the guard keeps from all other private addresses."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from workspaces.engine.base import (
    LABEL_WORKSPACE,
    EngineConflict,
    EngineError,
    NetworkMode,
)
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.guard import DockerGuard, beyond_floor
from workspaces.engine.docker.spec import NO_NETWORK

SUBNET_PREFIX = 28
"""Thirteen addresses beside the bridge's own: one for the workspace, the rest for proxies that join it."""
SUBNET_TRIES = 200
BRIDGE_PREFIX: dict[NetworkMode, str] = {"internet": "sp", "lan": "sl", "none": "sp"}
"""How a bridge is called on the host, where the guard's rules go by it; with the id it fits the kernel's fifteen."""


class DockerNetworks(DockerGuard):
    """The network part of the Docker driver; see `Engine` for what each method promises."""

    client: docker.DockerClient

    @property
    def _ours(self) -> dict[str, list[str]]:
        raise NotImplementedError

    def ensure_network(
        self, name: str, labels: Mapping[str, str], mode: NetworkMode, blocked: Sequence[str] = ()
    ) -> None:
        """A bridge named after the workspace, with the first free small subnet that follows from its name."""
        with translate(EngineError):
            if not any(
                self._network_created(name, labels, mode, subnet_of(name, attempt)) for attempt in range(SUBNET_TRIES)
            ):
                raise EngineError(
                    f"all of {settings.NETWORK_POOL} is in use; SPACES_NETWORK_POOL can name a larger one"
                )
        self._guard_block(BRIDGE_PREFIX[mode] + labels[LABEL_WORKSPACE], beyond_floor(blocked, mode))

    def _network(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.api.inspect_network(name)
        except NotFound:
            return None
        return found

    def _network_created(
        self, name: str, labels: Mapping[str, str], mode: NetworkMode, subnet: ipaddress.IPv4Network
    ) -> bool:
        """False when another network has the subnet; true also when the network came to be at the same moment."""
        try:
            self.client.api.create_network(
                name,
                driver="bridge",
                check_duplicate=True,
                internal=mode == "none",
                labels=dict(labels),
                ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))]),
                options={"com.docker.network.bridge.name": BRIDGE_PREFIX[mode] + labels[LABEL_WORKSPACE]},
            )
        except APIError as error:
            text = str(error.explanation).lower()
            if "overlaps" in text:
                return False
            if "already exists" in text and self._network(name) is not None:
                return True
            raise
        return True

    def remove_network(self, name: str) -> None:
        """Ranges that were blocked go with it: those this process does not know of are dropped by the guard itself."""
        with translate(EngineError):
            try:
                self.client.api.remove_network(name)
            except NotFound:
                pass
            except APIError as error:
                if "active endpoints" in str(error.explanation):
                    raise EngineConflict(str(error.explanation)) from error
                raise
        for bridge in [bridge for bridge in self._guard_blocked or () if name.endswith(bridge[len("sp") :])]:
            self._guard_block(bridge, ())

    def _connect_first(self, name: str) -> None:
        """Put a container that has been in no network so far into its own. A worker that was killed may have begun.

        Call it in `translate`.
        """
        try:
            self.client.api.disconnect_container_from_network(name, NO_NETWORK)
        except APIError as error:
            if "is not connected" not in str(error.explanation):
                raise
        try:
            self.client.api.connect_container_to_network(name, name)
        except APIError as error:
            if is_missing_network(error):
                raise EngineError(str(error.explanation)) from error
            if "already exists in network" not in str(error.explanation):
                raise

    @translate(EngineError)
    def _reconnect(self, name: str) -> None:
        """Let a stopped container find its network again, which was removed and made anew: Docker noted the old id."""
        self.client.api.disconnect_container_from_network(name, name, force=True)
        self.client.api.connect_container_to_network(name, name)

    @translate(EngineError)
    def networks(self) -> list[str]:
        return [network["Name"] for network in self.client.api.networks(filters=self._ours)]


def subnet_of(name: str, attempt: int) -> ipaddress.IPv4Network:
    """The subnet to try at `attempt`: spread over the pool by name, so that many at once seldom want the same."""
    pool = settings.NETWORK_POOL
    count = 2 ** max(0, SUBNET_PREFIX - pool.prefixlen)
    start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    index = (start + attempt * 40503) % count  # odd, so that it visits all of a power of two
    return ipaddress.IPv4Network((int(pool.network_address) + index * 2 ** (32 - SUBNET_PREFIX), SUBNET_PREFIX))


def is_half_joined(error: APIError) -> bool:
    """Whether Docker takes a container for one that is in its network and has not left the one called none."""
    return "private (none) mode" in str(error.explanation)


def is_missing_network(error: APIError) -> bool:
    """Whether a start failed because of the container's network."""
    text = str(error.explanation)
    return "network" in text and "not found" in text


def network_address(networks: Mapping[str, Any]) -> str:
    """The container's IPv4 on its own network; it has no other."""
    return next((network["IPAddress"] for network in networks.values() if network.get("IPAddress")), "")
