"""An engine in memory, with the rules of the real one and with faults to order; for tests and nothing else."""

from __future__ import annotations

import functools
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from workspaces.engine.base import (
    BuildProgress,
    ContainerMissing,
    ContainerSpec,
    ContainerState,
    EngineConflict,
    EngineEvent,
    EngineInfo,
    EngineUnavailable,
    ExecResult,
    ImageMissing,
    NetworkMode,
)

Method = TypeVar("Method", bound=Callable[..., Any])


class Killed(BaseException):
    """The worker was killed here. Not an `Exception`, so that nothing which a real kill would skip catches it."""


@dataclass
class Fault:
    """Raise `error` at the next `times` calls of `method` ("*" for any), before or after the call took effect."""

    method: str
    error: BaseException
    times: int = 1
    after: bool = False


def _call(method: Method) -> Method:
    """Count the call, let faults have their say before and after it, and make it one step for other threads."""

    @functools.wraps(method)
    def wrapper(self: FakeEngine, *args: Any, **kwargs: Any) -> Any:
        if self.delay_seconds:
            time.sleep(self.delay_seconds)  # a slow engine, to order
        with self._lock:
            number = len(self.calls)
            self.calls.append(method.__name__)
            self._faults(method.__name__, number, after=False)
            answer = method(self, *args, **kwargs)
            self._faults(method.__name__, number, after=True)
        return answer

    return wrapper  # type: ignore[return-value]


class FakeEngine:
    """See `Engine` for what each method promises. Volumes and container layers are dicts that tests may write to."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._addresses = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """As new: nothing there, all images but those in `missing_images`, no faults."""
        self.states: dict[str, ContainerState] = {}
        self.specs: dict[str, ContainerSpec] = {}
        self.volume_files: dict[str, dict[str, bytes]] = {}
        self.network_modes: dict[str, NetworkMode] = {}
        self.missing_images: set[str] = set()
        self.calls: list[str] = []
        self.faults: list[Fault] = []
        self.kill_at: tuple[int, bool] | None = None
        self.down = False
        self.delay_seconds = 0.0
        self.app_answers = True
        self._events: queue.Queue[EngineEvent | None] = queue.Queue()

    def _faults(self, name: str, number: int, *, after: bool) -> None:
        if self.kill_at == (number, after):
            self.kill_at = None
            raise Killed(f"{'after' if after else 'before'} {name}, call {number}")
        if self.down and not after:
            raise EngineUnavailable("the engine is down, to order")
        for fault in self.faults:
            if fault.times > 0 and fault.after == after and fault.method in ("*", name):
                fault.times -= 1
                raise fault.error

    # -- what a test or the world does behind the platform's back
    def crash(self, name: str, exit_code: int = 1, *, oom: bool = False) -> None:
        """The container ends by itself."""
        with self._lock:
            self.states[name] = replace(
                self.states[name], status="stopped", address="", exit_code=exit_code, oom_killed=oom, finished_at=_now()
            )
            self._tell("die", name)

    def restart_engine(self) -> None:
        """All containers end, as at a restart of the machine, and whoever follows events is cut off."""
        with self._lock:
            for name, state in list(self.states.items()):
                if state.status in ("running", "paused"):
                    self.crash(name, exit_code=255)
            self._events.put(None)

    # -- the engine itself
    @_call
    def info(self) -> EngineInfo:
        return EngineInfo("fake", 2, 8 * 1024**3)

    def events(self, stop: Callable[[], bool]) -> Iterator[EngineEvent]:
        while not stop():
            try:
                event = self._events.get(timeout=0.05)
            except queue.Empty:
                continue
            if event is None or self.down:
                raise EngineUnavailable("the engine went away, to order")
            yield event

    @_call
    def prepare(self, guard_image: str) -> None:
        if guard_image in self.missing_images:
            raise ImageMissing(guard_image)

    # -- one workspace
    @_call
    def ensure_volume(self, name: str, labels: Mapping[str, str]) -> None:
        self.volume_files.setdefault(name, {})

    @_call
    def ensure_network(self, name: str, labels: Mapping[str, str], mode: NetworkMode) -> None:
        self.network_modes.setdefault(name, mode)

    @_call
    def ensure_container(self, spec: ContainerSpec) -> ContainerState:
        if spec.name in self.states:
            return self.states[spec.name]
        if spec.image in self.missing_images:
            raise ImageMissing(spec.image)
        self.specs[spec.name] = spec
        self.states[spec.name] = ContainerState(
            name=spec.name, id=f"fake-{spec.name}", status="created", image=spec.image, labels=dict(spec.labels)
        )
        return self.states[spec.name]

    @_call
    def start(self, name: str) -> ContainerState:
        state = self._known(name)
        if state.status == "running":
            return state
        self.states[name] = replace(
            state,
            status="running",
            address=state.address or self._address(),
            started_at=_now(),
            oom_killed=False,
            exit_code=0,
        )
        self._tell("start", name)
        return self.states[name]

    @_call
    def stop(self, name: str, grace_seconds: int = 10) -> None:
        state = self.states.get(name)
        if state is None or state.status in ("created", "stopped"):
            return
        self.states[name] = replace(state, status="stopped", address="", finished_at=_now(), exit_code=143)
        self._tell("die", name)

    @_call
    def pause(self, name: str) -> None:
        state = self._known(name)
        if state.status not in ("running", "paused"):
            raise EngineConflict(f"{name} is not running")
        self.states[name] = replace(state, status="paused")
        self._tell("pause", name)

    @_call
    def unpause(self, name: str) -> ContainerState:
        state = self._known(name)
        if state.status not in ("running", "paused"):
            raise EngineConflict(f"{name} is not paused")
        self.states[name] = replace(state, status="running")
        self._tell("unpause", name)
        return self.states[name]

    @_call
    def remove_container(self, name: str) -> None:
        if self.states.pop(name, None) is not None:
            self._events.put(EngineEvent("destroy", name, name.removeprefix("spaces-")))

    @_call
    def remove_network(self, name: str) -> None:
        if name in self.states and self.states[name].status in ("running", "paused"):
            raise EngineConflict(f"{name} has active endpoints")
        self.network_modes.pop(name, None)

    @_call
    def remove_volume(self, name: str) -> None:
        if name in self.states:
            raise EngineConflict(f"volume {name} is in use")
        self.volume_files.pop(name, None)

    @_call
    def inspect(self, name: str) -> ContainerState | None:
        return self.states.get(name)

    @_call
    def containers(self) -> list[ContainerState]:
        return list(self.states.values())

    @_call
    def networks(self) -> list[str]:
        return list(self.network_modes)

    @_call
    def volumes(self) -> list[str]:
        return list(self.volume_files)

    @_call
    def exec(self, name: str, argv: Sequence[str], *, user: str = "", timeout_seconds: float = 30) -> ExecResult:
        if self._known(name).status != "running":
            raise EngineConflict(f"{name} is not running")
        if list(argv[:1]) == ["echo"]:
            return ExecResult((" ".join(argv[1:]) + "\n").encode(), b"", 0)
        return ExecResult(b"", b"", 0)

    @_call
    def probe(self, state: ContainerState, port: int, path: str) -> bool:
        return self.app_answers and self.states[state.name].status == "running"

    @_call
    def logs(self, name: str, tail: int = 50) -> str:
        return "the fake app has nothing to say" if name in self.states else ""

    # -- images
    @_call
    def image_exists(self, ref: str) -> bool:
        return ref not in self.missing_images

    def image_pull(self, ref: str, on_progress: Callable[[BuildProgress], None]) -> None:
        on_progress(BuildProgress(50, "pulling"))
        self._image_arrives(ref)

    def image_build(
        self,
        tag: str,
        context: Path,
        *,
        buildargs: Mapping[str, str],
        extra_files: Mapping[str, bytes],
        on_progress: Callable[[BuildProgress], None],
    ) -> None:
        on_progress(BuildProgress(50, "building"))
        self._image_arrives(tag)

    @_call
    def _image_arrives(self, ref: str) -> None:
        self.missing_images.discard(ref)

    @_call
    def image_import(self, tag: str, tarball: Path) -> None:
        self.missing_images.discard(tag)

    @_call
    def image_remove(self, ref: str) -> None:
        self.missing_images.add(ref)

    # -- inside
    def _known(self, name: str) -> ContainerState:
        if name not in self.states:
            raise ContainerMissing(name)
        return self.states[name]

    def _address(self) -> str:
        number = next(self._addresses)
        return f"10.213.{number // 16 % 256}.{number % 16 + 2}"

    def _tell(self, action: str, name: str) -> None:
        workspace = self.states[name].labels.get("spaces.workspace", "")
        self._events.put(EngineEvent(action, name, workspace))


def _now() -> datetime:
    return datetime.now(UTC)
