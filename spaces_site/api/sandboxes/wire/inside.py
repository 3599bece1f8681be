"""What goes on in a space: commands, pushing, figures."""

from __future__ import annotations

from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from workspaces.commands import CommandResult
from workspaces.stats import Observability, Process, Stats, WorkspaceDisk


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
class CommandField(serializers.Field[Any, Any, Any, Any]):
    """A text or a list of texts; which ones can be run is the service's to say."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class SandboxExecIn(serializers.Serializer[Any]):
    command = CommandField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A text for a login shell, or a list of texts that is run as it is.",
    )


class PushIn(serializers.Serializer[Any]):
    repoPath = serializers.CharField(required=False, default="/repo", max_length=1000, help_text="Below /workspace.")  # noqa: N815
    remote = serializers.CharField(required=False, default="origin", max_length=200)
    branch = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=200, help_text="The current one by default."
    )
    token = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=20_000, help_text="Used for this push alone."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"repo_path": attrs.pop("repoPath"), **attrs}


class ExecOut(TypedDict):
    stdout: str
    stderr: str
    exitCode: int


class PushFailedOut(TypedDict):
    error: str
    code: str
    stdout: str
    stderr: str
    exitCode: int


class StatsOut(TypedDict):
    cpuPercent: float
    memoryUsageBytes: int
    memoryLimitBytes: int
    pids: int
    networkRxBytes: int
    networkTxBytes: int
    blockReadBytes: int
    blockWriteBytes: int


class OneStatsOut(TypedDict):
    stats: StatsOut


class WorkspaceDiskOut(TypedDict):
    path: str
    totalBytes: int
    usedBytes: int
    availBytes: int
    usedPercent: float


class ProcessOut(TypedDict):
    pid: int
    cpu: float
    mem: float
    etime: str
    command: str


class ObservedOut(TypedDict):
    stats: StatsOut
    workspaceDisk: WorkspaceDiskOut | None
    workspaceSizeBytes: int | None
    top: list[ProcessOut]
    bashHistoryTail: str


class ObservabilityOut(TypedDict):
    observability: ObservedOut


def exec_out(result: CommandResult) -> ExecOut:
    return {"stdout": result.stdout, "stderr": result.stderr, "exitCode": result.exit_code}


def push_failed_out(result: CommandResult) -> PushFailedOut:
    """A push that git refused: an error whose text is git's own, and all that it printed."""
    said = result.stderr.strip() or result.stdout.strip() or "git push failed"
    return {"error": said, "code": "GIT_PUSH_FAILED", **exec_out(result)}


def stats_out(stats: Stats) -> StatsOut:
    return {
        "cpuPercent": stats.cpu_percent,
        "memoryUsageBytes": stats.memory_usage_bytes,
        "memoryLimitBytes": stats.memory_limit_bytes,
        "pids": stats.pids,
        "networkRxBytes": stats.network_rx_bytes,
        "networkTxBytes": stats.network_tx_bytes,
        "blockReadBytes": stats.block_read_bytes,
        "blockWriteBytes": stats.block_write_bytes,
    }


def observability_out(seen: Observability) -> ObservabilityOut:
    return {
        "observability": {
            "stats": stats_out(seen.stats),
            "workspaceDisk": _disk(seen.workspace_disk) if seen.workspace_disk else None,
            "workspaceSizeBytes": seen.workspace_size_bytes,
            "top": [_process(process) for process in seen.top],
            "bashHistoryTail": "\n".join(seen.bash_history_tail),
        }
    }


def _disk(disk: WorkspaceDisk) -> WorkspaceDiskOut:
    return {
        "path": disk.path,
        "totalBytes": disk.total_bytes,
        "usedBytes": disk.used_bytes,
        "availBytes": disk.avail_bytes,
        "usedPercent": disk.used_percent,
    }


def _process(process: Process) -> ProcessOut:
    return {
        "pid": process.pid,
        "cpu": process.cpu,
        "mem": process.mem,
        "etime": process.etime,
        "command": process.command,
    }
