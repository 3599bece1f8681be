"""Networks on Docker: a small bridge for each workspace, and the guard between it and all other private addresses."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from workspaces.engine.base import (
    LABEL_SYSTEM,
    LABEL_WORKSPACE,
    EngineConflict,
    EngineError,
    EngineUnavailable,
    ImageMissing,
    NetworkMode,
)
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.spec import NO_NETWORK

SUBNET_PREFIX = 28
"""Thirteen addresses beside the bridge's own: one for the workspace, the rest for proxies that join it."""
SUBNET_TRIES = 200
GUARD_NAME = "spaces-netguard"
GUARD_READY = b"netguard: ready"
GUARD_SECONDS = 10.0
LAN_BLOCKED = "0.0.0.0/8 100.100.100.200/32 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4"
"""As in `netguard.sh`, whose own list counts only where we give none: clouds have metadata at several addresses."""
_MILLISECONDS = len("2026-01-02T03:04:05.678")
"""Of the engine's times, which are in UTC, the part that is always there and sorts as text."""
BRIDGE_PREFIX: dict[NetworkMode, str] = {"internet": "sp", "lan": "sl", "none": "sp"}
"""How a bridge is called on the host, where the guard's rules go by it; with the id it fits the kernel's fifteen."""
RESOLVED_FILE = Path("/run/systemd/resolve/resolv.conf")
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class DockerNetworks:
    """The network part of the Docker driver; see `Engine` for what each method promises."""

    client: docker.DockerClient
    _guard_ready_since = ""

    @property
    def _ours(self) -> dict[str, list[str]]:
        raise NotImplementedError

    def ensure_network(self, name: str, labels: Mapping[str, str], mode: NetworkMode) -> None:
        """A bridge named after the workspace, with the first free small subnet that follows from its name."""
        with translate(EngineError):
            for attempt in range(SUBNET_TRIES):
                if self._network_created(name, labels, mode, subnet_of(name, attempt)):
                    return
        raise EngineError(f"all of {settings.NETWORK_POOL} is in use; SPACES_NETWORK_POOL can name a larger one")

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

    @translate(EngineError)
    def remove_network(self, name: str) -> None:
        try:
            self.client.api.remove_network(name)
        except NotFound:
            return
        except APIError as error:
            if "active endpoints" in str(error.explanation):
                raise EngineConflict(str(error.explanation)) from error
            raise

    @translate()
    def _connect_first(self, name: str) -> None:
        """Put a container that has been in no network so far into its own. A worker that was killed may have begun."""
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

    def prepare(self, guard_image: str) -> None:
        """The guard runs in the host's network and sets its rules again every few seconds; the engine restarts it."""
        with translate(ImageMissing):
            try:
                guard = self.client.api.inspect_container(GUARD_NAME)
            except NotFound:
                guard = None
            if not guard or not guard["State"]["Running"] or guard["Config"]["Image"] != guard_image:
                if guard:
                    self.client.api.remove_container(GUARD_NAME, force=True)
                self._guard_start(guard_image)
                guard = self.client.api.inspect_container(GUARD_NAME)
            self._guard_await(guard)

    def _guard_start(self, image: str) -> None:
        host = self.client.api.create_host_config(
            network_mode="host",
            cap_drop=["ALL"],
            cap_add=["NET_ADMIN", "NET_RAW"],
            security_opt=["no-new-privileges"],
            read_only=True,
            tmpfs={"/run": "size=1m"},
            mem_limit=64 * 1024**2,
            pids_limit=32,
            restart_policy={"Name": "always"},
        )
        try:
            self.client.api.create_container(
                image,
                name=GUARD_NAME,
                host_config=host,
                environment={
                    "SPACES_DNS": " ".join(host_resolvers()),
                    "SPACES_LAN_BLOCKED_CIDRS": f"{LAN_BLOCKED} {settings.NETWORK_POOL}",
                },
                labels={LABEL_SYSTEM: "netguard"},  # shared by all installations on the machine
            )
        except APIError as error:
            if error.status_code != 409:  # another installation or thread was first
                raise
        self.client.api.start(GUARD_NAME)

    def _guard_await(self, guard: Mapping[str, Any]) -> None:
        """Return once it has set its rules. To the engine one that fails and is restarted for ever runs as well."""
        until = time.monotonic() + GUARD_SECONDS
        while not self._guard_is_ready(guard["State"]["StartedAt"]):
            if time.monotonic() > until:
                raise EngineUnavailable("the network guard does not come up: " + self._guard_words())
            time.sleep(0.05)  # it says so in its log, and the engine sends no word of that
            guard = self.client.api.inspect_container(GUARD_NAME)

    def _guard_is_ready(self, started_at: str) -> bool:
        """Whether it has said so since it was started, remembered for as long as it runs."""
        if started_at != self._guard_ready_since:
            lines = self.client.api.logs(GUARD_NAME, timestamps=True).splitlines()
            began = started_at.removesuffix("Z")[:_MILLISECONDS].ljust(_MILLISECONDS, "0").encode()
            if not any(GUARD_READY in line and line[:_MILLISECONDS] >= began for line in lines):
                return False
            self._guard_ready_since = started_at
        return True

    def _guard_words(self) -> str:
        return self.client.api.logs(GUARD_NAME, tail=3).decode(errors="replace").strip()


def subnet_of(name: str, attempt: int) -> ipaddress.IPv4Network:
    """The subnet to try at `attempt`: spread over the pool by name, so that many at once seldom want the same."""
    pool = settings.NETWORK_POOL
    count = 2 ** max(0, SUBNET_PREFIX - pool.prefixlen)
    start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    index = (start + attempt * 40503) % count  # odd, so that it visits all of a power of two
    return ipaddress.IPv4Network((int(pool.network_address) + index * 2 ** (32 - SUBNET_PREFIX), SUBNET_PREFIX))


def is_missing_network(error: APIError) -> bool:
    """Whether a start failed because of the container's network."""
    text = str(error.explanation)
    return "network" in text and "not found" in text


def network_address(networks: Mapping[str, Any]) -> str:
    """The container's IPv4 on its own network; it has no other."""
    return next((network["IPAddress"] for network in networks.values() if network.get("IPAddress")), "")


def host_resolvers() -> list[str]:
    """Name servers of this machine that containers are sent to, since the engine hands them on.

    Where systemd-resolved is the machine's own, the engine hands on those behind it.
    """
    found = []
    path = RESOLVED_FILE if RESOLVED_FILE.exists() else Path("/etc/resolv.conf")
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                address = ipaddress.ip_address(words[1].split("%")[0])
            except ValueError:
                continue
            if address.version == 4 and address not in LOOPBACK:
                found.append(str(address))
    return found
