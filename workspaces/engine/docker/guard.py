"""The network guard on Docker: one container for the machine, which sets rules for the bridges of all workspaces."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import docker
from django.conf import settings
from docker.errors import APIError, NotFound

from workspaces.engine.base import (
    LABEL_SYSTEM,
    ContainerMissing,
    EngineConflict,
    EngineError,
    EngineUnavailable,
    ImageMissing,
    NetworkMode,
)
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.execute import execute

GUARD_NAME = "spaces-netguard"
GUARD_READY = b"netguard: ready"
GUARD_SECONDS = 10.0
INTERNET_BLOCKED = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"
)
LAN_BLOCKED = "0.0.0.0/8 100.100.100.200/32 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4"
"""As in `netguard.sh`, whose own lists count only where we give none: clouds have metadata at several addresses."""
_MILLISECONDS = len("2026-01-02T03:04:05.678")
"""Of the engine's times, which are in UTC, the part that is always there and sorts as text."""
BLOCK_SECONDS = 10.0
MOST_WORDS = 1024**2
RESOLVED_FILE = Path("/run/systemd/resolve/resolv.conf")
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class DockerGuard:
    """The part of the Docker driver for the guard; see `Engine.prepare` and `Engine.ensure_network`."""

    client: docker.DockerClient
    _guard_ready_since = ""
    _guard_blocked: set[str] | None = None
    """Bridges with ranges of their own, as far as this process knows: asked for once, then noted. Others' may be
    missing, which never opens anything: ranges are set whenever there are some, and only lifting them goes by this."""

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
                    "SPACES_BLOCKED_CIDRS": INTERNET_BLOCKED,
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

    def _guard_block(self, bridge: str, ranges: Sequence[str]) -> None:
        """Afterwards exactly these ranges are out of reach from that bridge, beside what no workspace reaches.

        Nearly always there are none and were none, and then the guard is not asked, which takes as long as a start.
        """
        try:
            if not ranges and bridge not in self._guard_known():
                return
            self._guard_told("block", bridge, *ranges)
        except (ContainerMissing, EngineConflict) as error:
            if ranges:
                raise EngineUnavailable(f"the network guard is not at work: {error}") from error
            return
        self._guard_known().discard(bridge)
        if ranges:
            self._guard_known().add(bridge)

    def _guard_known(self) -> set[str]:
        if self._guard_blocked is None:
            self._guard_blocked = set(self._guard_told("blocked").split())
        return self._guard_blocked

    @translate()
    def _guard_told(self, *words: str) -> str:
        """What the guard's program prints. Raises `ContainerMissing`, `EngineConflict` when there is no guard."""
        result = execute(
            self.client.api, GUARD_NAME, ["netguard", *words], user="", workdir="", environment={}, stdin=b"",
            timeout_seconds=BLOCK_SECONDS, max_bytes=MOST_WORDS,
        )  # fmt: skip
        if result.exit_code:
            raise EngineError("the network guard refused: " + result.stderr.decode(errors="replace").strip())
        return result.stdout.decode()


def beyond_floor(blocked: Sequence[str], mode: NetworkMode) -> list[str]:
    """Of these ranges those that the guard does not keep from every network of that mode anyway.

    What is no range is left to the guard, which refuses it.
    """
    floor = [ipaddress.IPv4Network(text) for text in (LAN_BLOCKED if mode == "lan" else INTERNET_BLOCKED).split()]

    def is_within(text: str) -> bool:
        try:
            return any(ipaddress.IPv4Network(text).subnet_of(one) for one in floor)
        except ValueError:
            return False

    return [text for text in blocked if not is_within(text)]


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
