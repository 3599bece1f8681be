"""The fake itself: its containers, volumes, networks and events."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from workspaces.engine.base import (
    ContainerMissing,
    ContainerSpec,
    ContainerState,
    EngineConflict,
    EngineError,
    EngineEvent,
    EngineInfo,
    EngineUnavailable,
    ImageMissing,
    NetworkMode,
)
from workspaces.engine.fake.images import FakeImages
from workspaces.engine.fake.inside import FakeInside
from workspaces.engine.fake.snapshots import FakeSnapshots
from workspaces.engine.faults import call


class FakeEngine(FakeInside, FakeSnapshots, FakeImages):
    """See `Engine` for what each method promises. Volumes and container layers are dicts that tests may write to."""

    def __init__(self) -> None:
        super().__init__()
        self._addresses = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """As new: nothing there, all images but those in `missing_images`, no faults. `probed`: port, path, scheme."""
        self.states: dict[str, ContainerState] = {}
        self.specs: dict[str, ContainerSpec] = {}
        self.volume_files: dict[str, dict[str, bytes]] = {}
        self.network_modes: dict[str, NetworkMode] = {}
        self.blocked: dict[str, tuple[str, ...]] = {}
        self.joined: set[str] = set()
        self.missing_images: set[str] = set()
        self.forget()
        self.reset_inside()
        self.reset_snapshots()
        self.app_answers = True
        self.probed: list[tuple[int, str, str]] = []
        self._events: queue.Queue[EngineEvent | None] = queue.Queue()

    # -- what a test or the world does behind the platform's back
    def crash(self, name: str, exit_code: int = 1, *, oom: bool = False) -> None:
        """The container ends by itself."""
        with self._lock:
            self.states[name] = replace(
                self.states[name], status="stopped", address="", exit_code=exit_code, oom_killed=oom, finished_at=_now()
            )
            self._tell("die", name)

    def run_out_of_memory(self, name: str) -> None:
        """A process in it is ended by the kernel, and the container goes on."""
        with self._lock:
            self._tell("oom", name)

    def restart_engine(self) -> None:
        """All containers end, as at a restart of the machine, and whoever follows events is cut off."""
        with self._lock:
            for name, state in list(self.states.items()):
                if state.status in ("running", "paused"):
                    self.crash(name, exit_code=255)
            self._events.put(None)

    # -- the engine itself
    @call
    def info(self) -> EngineInfo:
        found = [state.status for state in self.states.values()]
        counts = len(found), found.count("running"), found.count("paused")
        return EngineInfo("fake", 2, 8 * 1024**3, *counts)

    @call
    def ping(self) -> None:
        pass

    def events(self, stop: Callable[[], bool], since: datetime | None = None) -> Iterator[EngineEvent]:
        """It remembers all that nobody has heard yet."""
        while not stop():
            try:
                event = self._events.get(timeout=0.05)
            except queue.Empty:
                continue
            if event is None or self.down:
                raise EngineUnavailable("the engine went away, to order")
            yield event

    @call
    def prepare(self, guard_image: str) -> None:
        if guard_image in self.missing_images:
            raise ImageMissing(guard_image)

    # -- one workspace
    @call
    def ensure_volume(self, name: str, labels: Mapping[str, str]) -> None:
        self.volume_files.setdefault(name, {})

    @call
    def ensure_network(
        self, name: str, labels: Mapping[str, str], mode: NetworkMode, blocked: Sequence[str] = ()
    ) -> None:
        self.network_modes.setdefault(name, mode)
        self.blocked[name] = tuple(blocked)

    @call
    def ensure_container(self, spec: ContainerSpec) -> ContainerState:
        if spec.name in self.states:
            return self.states[spec.name]
        if spec.image in self.missing_images:
            raise ImageMissing(spec.image)
        self.specs[spec.name] = spec
        self._filled(spec)
        self.states[spec.name] = ContainerState(
            name=spec.name, id=f"fake-{spec.name}", status="created", image=spec.image, labels=dict(spec.labels)
        )
        return self.states[spec.name]

    @call
    def start(self, name: str) -> ContainerState:
        state = self._known(name)
        if state.status == "running":
            return state
        if state.status != "paused":
            alone = self.specs[name].joins_late and name not in self.joined
            address = "" if alone else self._address_in_network(name)
            state = replace(state, address=address, started_at=_now(), oom_killed=False, exit_code=0)
        self.states[name] = replace(state, status="running")
        self._tell("start", name)
        return self.states[name]

    @call
    def join(self, name: str) -> ContainerState:
        state = self._known(name)
        if name not in self.joined and self.specs[name].joins_late:
            address = self._address_in_network(name)
            self.states[name] = replace(state, address=address if state.status == "running" else "")
            self.joined.add(name)
        return self.states[name]

    @call
    def stop(self, name: str, grace_seconds: int = 10) -> None:
        state = self.states.get(name)
        if state is None or state.status in ("created", "stopped"):
            return
        self.states[name] = replace(state, status="stopped", address="", finished_at=_now(), exit_code=143)
        self._tell("die", name)

    @call
    def pause(self, name: str) -> None:
        state = self._known(name)
        if state.status not in ("running", "paused"):
            raise EngineConflict(f"{name} is not running")
        self.states[name] = replace(state, status="paused")
        self._tell("pause", name)

    @call
    def unpause(self, name: str) -> ContainerState:
        state = self._known(name)
        if state.status not in ("running", "paused"):
            raise EngineConflict(f"{name} is not paused")
        self.states[name] = replace(state, status="running")
        self._tell("unpause", name)
        return self.states[name]

    @call
    def remove_container(self, name: str) -> None:
        self.joined.discard(name)
        self.layer_files.pop(name, None)
        if self.states.pop(name, None) is not None:
            self._events.put(EngineEvent("destroy", name, name.removeprefix("spaces-"), _now()))

    @call
    def remove_network(self, name: str) -> None:
        if name in self.states and self.states[name].status in ("running", "paused"):
            raise EngineConflict(f"{name} has active endpoints")
        if any(spec.network == name for spec in self.helper_specs.values()):
            raise EngineConflict(f"{name} has active endpoints")
        self.network_modes.pop(name, None)
        self.blocked.pop(name, None)

    @call
    def remove_volume(self, name: str) -> None:
        if name in self.states or any(spec.volume == name for spec in self.helper_specs.values()):
            raise EngineConflict(f"volume {name} is in use")
        self.volume_files.pop(name, None)

    @call
    def inspect(self, name: str) -> ContainerState | None:
        return self.states.get(name)

    @call
    def containers(self) -> list[ContainerState]:
        return list(self.states.values())

    @call
    def networks(self) -> list[str]:
        return list(self.network_modes)

    @call
    def volumes(self) -> list[str]:
        return list(self.volume_files)

    @call
    def probe(self, state: ContainerState, port: int, path: str, scheme: str = "http") -> bool:
        self.probed.append((port, path, scheme))
        return self.app_answers and bool(state.address) and self.states[state.name].status == "running"

    @call
    def logs(self, name: str, tail: int = 50) -> str:
        return "the fake app has nothing to say" if name in self.states else ""

    # -- inside
    def _known(self, name: str) -> ContainerState:
        if name not in self.states:
            raise ContainerMissing(name)
        return self.states[name]

    def _address_in_network(self, name: str) -> str:
        if name not in self.network_modes:
            raise EngineError(f"network {name} not found")
        number = next(self._addresses)
        return f"10.213.{number // 16 % 256}.{number % 16 + 2}"

    def _tell(self, action: str, name: str) -> None:
        workspace = self.states[name].labels.get("spaces.workspace", "")
        self._events.put(EngineEvent(action, name, workspace, _now()))


def _now() -> datetime:
    return datetime.now(UTC)
