"""What goes on inside the fake's containers and beside them: programs that tests write, helpers, figures, ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from workspaces.engine.base import ContainerMissing, ContainerState, EngineConflict, EngineError, ImageMissing
from workspaces.engine.fake.stream import FakeStream
from workspaces.engine.faults import Faulty, call
from workspaces.engine.inside import (
    EXEC_OUTPUT_BYTES,
    ExecResult,
    ExecStream,
    Helper,
    HelperSpec,
    LayerUsage,
    ListeningPort,
    Usage,
)

Program = Callable[[Sequence[str], bytes], ExecResult]
"""What a command does: its argv, the command's name first, and all its input."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that was run: as `exec` or `exec_stream` was asked for it."""

    name: str
    argv: list[str]
    user: str = ""
    workdir: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""


def _echo(argv: Sequence[str], stdin: bytes) -> ExecResult:
    return ExecResult((" ".join(argv[1:]) + "\n").encode(), b"", 0)


def _cat(argv: Sequence[str], stdin: bytes) -> ExecResult:
    return ExecResult(stdin, b"", 0)


def _false(argv: Sequence[str], stdin: bytes) -> ExecResult:
    return ExecResult(b"", b"", 1)


class FakeInside(Faulty):
    """The part of the fake that runs commands.

    `on_exec(name, argv, stdin)` answers first; where it is not set or answers None, `programs` does by the command's
    name. What neither knows does nothing and succeeds. `execs` holds all that was run; `usages`, `layers` and `ports`
    what `usage`, `layer_usage` and `listening_ports` answer.
    """

    states: dict[str, ContainerState]
    volume_files: dict[str, dict[str, bytes]]
    missing_images: set[str]

    def reset_inside(self) -> None:
        self.execs: list[Asked] = []
        self.programs: dict[str, Program] = {"echo": _echo, "cat": _cat, "false": _false}
        self.on_exec: Callable[[str, Sequence[str], bytes], ExecResult | None] | None = None
        self.helper_specs: dict[str, HelperSpec] = {}
        self.usages: dict[str, Usage] = {}
        self.layers: dict[str, LayerUsage] = {}
        self.ports: dict[str, list[ListeningPort]] = {}

    @call
    def exec(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_seconds: float = 30,
        max_bytes: int = EXEC_OUTPUT_BYTES,
    ) -> ExecResult:
        self._awake(name)
        self.execs.append(Asked(name, list(argv), user, workdir, dict(environment or {}), stdin))
        result = self._run(name, argv, stdin)
        cut = result.cut or max(len(result.stdout), len(result.stderr)) > max_bytes
        return ExecResult(result.stdout[:max_bytes], result.stderr[:max_bytes], result.exit_code, cut, result.timed_out)

    @call
    def exec_stream(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        workdir: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> ExecStream:
        """A command that does nothing before its first output is asked for, and then has all the input it gets."""
        self._awake(name)
        self.execs.append(Asked(name, list(argv), user, workdir, dict(environment or {})))
        return FakeStream(lambda stdin: self._run(name, argv, stdin))

    @call
    def usage(self, name: str) -> Usage | None:
        if not self._is_alive(name):
            return None
        return self.usages.get(name) or Usage(datetime.now(UTC), 1.5, 100 * 1024**2, 1024**3, 5, 0, 0, 0, 0)

    @call
    def layer_usage(self, name: str) -> LayerUsage | None:
        return self.layers.get(name, LayerUsage(0, 700 * 1024**2)) if name in self.states else None

    @call
    def listening_ports(self, name: str) -> list[ListeningPort]:
        return sorted(self.ports.get(name, []), key=lambda found: found.port) if self._is_alive(name) else []

    @call
    def ensure_helper(self, spec: HelperSpec) -> None:
        if spec.image in self.missing_images:
            raise ImageMissing(spec.image)
        if spec.volume not in self.volume_files:
            raise EngineError(f"volume {spec.volume} not found")
        self.helper_specs[spec.name] = spec

    @call
    def remove_helpers(self, workspace: str) -> None:
        for name in [name for name, spec in self.helper_specs.items() if spec.workspace == workspace]:
            del self.helper_specs[name]

    @call
    def helpers(self) -> list[Helper]:
        return [Helper(spec.name, spec.role, spec.workspace) for spec in self.helper_specs.values()]

    # -- inside
    def _run(self, name: str, argv: Sequence[str], stdin: bytes) -> ExecResult:
        answer = self.on_exec(name, argv, stdin) if self.on_exec else None
        if answer is None and argv and argv[0] in self.programs:
            answer = self.programs[argv[0]](argv, stdin)
        return answer or ExecResult(b"", b"", 0)

    def _is_alive(self, name: str) -> bool:
        return name in self.states and self.states[name].status in ("running", "paused")

    def _awake(self, name: str) -> None:
        """Raises where no command can be run: no such container, or it does not run, or sleeps."""
        if name in self.helper_specs:
            return
        if name not in self.states:
            raise ContainerMissing(name)
        status: Literal["created", "running", "paused", "stopped"] = self.states[name].status
        if status != "running":
            raise EngineConflict(f"{name} is {status}")
